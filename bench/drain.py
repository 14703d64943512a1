"""After an outage: `python -m bench.drain` keeps events while nobody listens, and then sends them to a distant server.

Answers with a line of JSON: events in a second, and seconds of CPU of all threads for 1,000 of them.
"""

import json
import random
import socket
import tempfile
import time
from pathlib import Path

import sentry_sdk.consts
from sentry_sdk.envelope import Envelope

from asab_sentry.delivery.storage import Storage
from asab_sentry.delivery.transport import Transport

from .processes import Process

EVENTS = 1000
NUMBERS = 1000
"""In each event, which make it one of 20 kB."""
ROUND_TRIP = 0.05


def _transport(directory: str, port: int) -> Transport:
    storage = Storage(Path(directory), max_bytes=10**9, max_envelopes=10 * EVENTS, max_age=1e6)
    return Transport({**sentry_sdk.consts.DEFAULT_OPTIONS, "dsn": f"http://public@127.0.0.1:{port}/1"}, storage)


def _keep(transport: Transport) -> None:
    numbers = [random.random() for _ in range(NUMBERS)]  # noqa: S311
    for number in range(EVENTS):
        event_id = f"{number:032x}"
        envelope = Envelope({"event_id": event_id})
        envelope.add_event({"event_id": event_id, "message": "failed", "extra": {"numbers": numbers}})
        transport.capture_envelope(envelope)


def main() -> None:
    """Measure one drain."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        left = _transport(directory, port)
        _keep(left)
        left.kill()
        with Process("bench.far", str(ROUND_TRIP), str(port)):
            began, cpu = time.monotonic(), time.process_time()
            transport = _transport(directory, port)
            while not transport.waiting:
                time.sleep(0.01)
            while transport.waiting:
                time.sleep(0.01)
            seconds, cpu = time.monotonic() - began, time.process_time() - cpu
            transport.kill()
    print(json.dumps({"events_in_a_second": round(EVENTS / seconds), "cpu_of_1000": round(cpu * 1000 / EVENTS, 2)}))


if __name__ == "__main__":
    main()
