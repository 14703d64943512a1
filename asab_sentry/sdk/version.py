"""Which sentry-sdk this is, whether it is one that this package works with, and how it calls what it sends."""

import re

import sentry_sdk.consts

INSTALLED: str = sentry_sdk.consts.VERSION
OLDEST = (2, 69, 1)
"""Before it, requests that go out lose the trace of the one that came in while tracing is off."""
ACCEPTED = "sentry-sdk 2.69.1 and later, and 3"

_numbers = tuple(map(int, re.findall(r"\d+", INSTALLED)[:3]))

MAJOR = _numbers[0]
THREE = MAJOR >= 3

TRACED = {"span": "spans"} if THREE else {"transaction": "transactions"}
"""What tracing sends: its category, and what users call it."""

if not (OLDEST <= _numbers < (4,)):
    raise ImportError(f"asab_sentry works with {ACCEPTED}; {INSTALLED} is installed")
