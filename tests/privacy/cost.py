"""What scrubbing costs on hostile texts and with many known values, in seconds of CPU; best of several."""

import configparser
import dataclasses
import random
import string
import time
from collections.abc import Callable, Iterator

from asab_sentry.config.options import Options
from asab_sentry.pipeline.scrubbing.scrubber import Scrubber

SIZE = 8000
BREADCRUMBS = 100
DSN = "https://0123456789abcdef@sentry.invalid/1"

HOSTILE = (
    *(
        "a=",
        "a:",
        "password",
        "password=",
        "password='",
        'password="a',
        "password='\\'",
        "token: ",
        "--password ",
        "-p ",
    ),
    *(
        "://a:",
        "://a@",
        "://u:1",
        "eyJ",
        "eyJa.b",
        "-----BEGIN PRIVATE KEY-----",
        "4 ",
        "Bearer ",
        "Basic aaaa",
        "<password>",
    ),
    *(
        'name="password"\r\n',
        '{"a":',
        '{"password":',
        "('password', ",
        "[('",
        "\\n",
        "\\\\n",
        "'a=1\\n",
        '\\"',
        "%3D",
        "&x=1",
    ),
    *(
        "Authorization: ",
        "Cookie: a=b; ",
        "AKIA",
        "ghp_",
        "sk-",
        "input_value=",
        "1 validation error for X\npassword\n",
    ),
)
"""What texts that are to cost much consist of."""

BENIGN = "2026-11-26 09:33:32,123 INFO shop.orders: order 4711 of customer 12 took 35 ms, state=done, retries: 0; "


def _scrubber(environ: dict[str, str] | None = None) -> Scrubber:
    options = dataclasses.replace(Options(dsn=DSN))
    return Scrubber(options, configparser.ConfigParser(), environ or {})


def best(work: Callable[[], object], times: int = 3) -> float:
    """Return the least CPU time of a few."""
    took = []
    for _ in range(times):
        began = time.thread_time()
        work()
        took.append(time.thread_time() - began)
    return min(took)


def of_breadcrumbs(unit: str, count: int = BREADCRUMBS) -> float:
    """Return what an event with so many breadcrumbs of 8 kB costs, all of them different."""
    text = (unit * SIZE)[: SIZE - 8]
    event = {"breadcrumbs": {"values": [{"message": f"{text}{number:08}"} for number in range(count)]}}
    return best(lambda: _scrubber().event(event, {}), 2)


def of_known(count: int) -> float:
    """Return what a text of 8 kB costs, by how many secrets are known."""
    random_ = random.Random(count)
    letters = string.ascii_letters + string.digits
    environ = {f"S{number}_PASSWORD": "".join(random_.choices(letters, k=20)) for number in range(count)}
    scrubber = _scrubber(environ)
    text = "".join(random_.choices(letters + "    ", k=SIZE))
    numbers = iter(range(1000))

    def work() -> None:
        scrubber.event({"message": f"{text}{next(numbers)}"}, {})

    return best(work, 5)


def rows() -> Iterator[tuple[str, float]]:
    """Yield what was measured, and its time."""
    yield "100 breadcrumbs of 8 kB, benign", of_breadcrumbs(BENIGN)
    worst = max(HOSTILE, key=lambda unit: of_breadcrumbs(unit, BREADCRUMBS // 10))
    yield f"100 breadcrumbs of 8 kB, hostile: the worst ({worst!r})", of_breadcrumbs(worst)
    for count in (1, 2000):
        yield f"a text of 8 kB, {count} known values", of_known(count)
