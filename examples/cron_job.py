"""A job that runs again and again: a failure is captured, the job goes on, and Sentry knows when it stops running.

SENTRY_DSN=https://PUBLIC_KEY@HOST/PROJECT python examples/cron_job.py -c examples/cron_job.conf
"""

import asyncio

import asab

import asab_sentry

L = asab_sentry.getLogger(__name__)

PRICES = ["12.50", "12,50", "13.00"]


class CronJobApp(asab.Application):  # type: ignore[misc]  # asab has no type information
    def __init__(self) -> None:
        super().__init__()
        self.SentryService = asab_sentry.SentryService(self)
        self.Pause = asab.Config.getseconds("cron_job", "pause")

    async def main(self) -> None:
        for price in PRICES:
            try:
                # A unit of work of its own: its tags and breadcrumbs are on its events, and on no others.
                with self.SentryService.scope(), self.SentryService.monitor("price-import", "1m", max_runtime=5):
                    self.SentryService.set_tag("price", price)
                    self.import_price(price)
            except ValueError as error:
                self.SentryService.capture_exception(error)
            await asyncio.sleep(self.Pause)
        self.stop()

    def import_price(self, price: str) -> None:
        L.info("Importing a price", struct_data={"price": price})
        float(price)


if __name__ == "__main__":
    CronJobApp().run()
