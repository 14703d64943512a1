"""Which sentry-sdk this is, and whether it is one that this package works with."""

import re

import sentry_sdk.consts

INSTALLED: str = sentry_sdk.consts.VERSION
OLDEST = (2, 69, 1)
"""Before it, requests that go out lose the trace of the one that came in while tracing is off."""
ACCEPTED = "sentry-sdk 2.69.1 and later, and 3"

_numbers = tuple(map(int, re.findall(r"\d+", INSTALLED)[:3]))

MAJOR = _numbers[0]
THREE = MAJOR >= 3

if not (OLDEST <= _numbers < (4,)):
    raise ImportError(f"asab_sentry works with {ACCEPTED}; {INSTALLED} is installed")
