"""A real ASAB application that puts each batch in its place: `python -m privacy.plant -c app.conf`."""

import logging
import os
import pickle
import sys
import time
from pathlib import Path

import asab
import sentry_sdk

import asab_sentry

from . import places, plan

FLUSH = 40
"""After so many batches it is waited until they are sent, as transactions wait in a bounded memory."""


class Plant(asab.Application):
    """Puts what it is told where it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.Sentry = asab_sentry.SentryService(self)
        logging.getLogger("app").setLevel(logging.DEBUG)
        for handler in logging.root.handlers:
            handler.setLevel(logging.CRITICAL + 1)

    async def main(self) -> None:
        """Do it all, and stop."""
        self.put_all()
        self.stop()

    def put_all(self) -> None:
        """Put it all there."""
        for family, name, secret in plan.held():
            if family == "rotated" and name.startswith("environment"):
                os.environ[f"{name.upper()}_PASSWORD"] = secret
            elif family == "rotated":
                asab.Config["shop"][f"{name}_password"] = secret
        batches: list[plan.Batch] = pickle.loads(Path("batches").read_bytes())
        for place in places.PLACES:
            places.put(place, 0, ["nothing"])
        began = time.process_time()
        for number, batch in enumerate(batches[1:], 1):
            places.put(batch.place, number, [probe.value() for probe in batch.probes])
            if number % FLUSH == 0:
                sentry_sdk.flush()
        self.Sentry.flush()
        print(f"{time.process_time() - began:.1f}")


if __name__ == "__main__":
    sys.exit(Plant().run())
