"""Runs an application in this process, which sends nothing."""

from collections.abc import Callable, Mapping

import asab

import asab_sentry
from asab_sentry.testing import captured


def sent_by(
    work: Callable[[asab_sentry.SentryService], None], config: Mapping[str, Mapping[str, str]]
) -> captured.Sent:
    """Let an application do something with its service; return what it would have sent."""

    class App(asab.Application):
        def __init__(self):
            super().__init__()
            self.Sentry = asab_sentry.SentryService(self)

        async def main(self):
            work(self.Sentry)
            self.stop()

    with captured.capture(config=config) as sent:
        App().run()
    return sent
