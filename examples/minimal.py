"""The smallest service: an error and a caught exception arrive in Sentry, with a breadcrumb that led to them.

SENTRY_DSN=https://PUBLIC_KEY@HOST/PROJECT python examples/minimal.py -c examples/minimal.conf
"""

import asab

import asab_sentry

L = asab_sentry.getLogger(__name__)


class MinimalApp(asab.Application):  # type: ignore[misc]  # asab has no type information
    def __init__(self) -> None:
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)

    async def main(self) -> None:
        L.info("Reading the price list", struct_data={"file": "prices.csv"})
        L.error("The price list is incomplete", struct_data={"missing": ["teapot", "kettle"]})
        try:
            float("12,50")
        except ValueError as error:
            self.SentryService.capture_exception(error)
        self.stop()


if __name__ == "__main__":
    MinimalApp().run()
