"""JSON as bytes: by `orjson` where it is installed (`asab-sentry[fast]`), which takes a tenth of the time."""

import importlib
import re
from typing import Any

from sentry_sdk.utils import json_dumps


def _installed() -> Any:
    try:
        return importlib.import_module("orjson")
    except ImportError:
        return None


orjson = _installed()

_OPTIONS = 0 if orjson is None else orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME

_surrogates = re.compile(rb"(\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\\\)|\\ud[89a-f][0-9a-f]{2}")


def dumps(value: Any) -> bytes:
    """Return JSON; raise TypeError, ValueError or RecursionError for what is none, as sentry-sdk does.

    What one of the two takes the other may refuse, as half a pair of surrogates, a number of more than 64 bits and keys
    that are no texts: then it is made by `json`. A float that is no number is null by `orjson`.
    """
    return _by_orjson(value) or json_dumps(value)


def strict(value: Any) -> bytes:
    """Return the same without half pairs of surrogates; orjson takes none."""
    return _by_orjson(value) or without_halves(json_dumps(value))


def _by_orjson(value: Any) -> bytes | None:
    if orjson is None:
        return None
    try:
        made: bytes = orjson.dumps(value, None, _OPTIONS)
    except TypeError:
        return None
    return made


def without_halves(content: bytes) -> bytes:
    """Return JSON without half pairs of surrogates, for one of which a strict parser rejects all of it."""
    if b"\\ud" not in content:
        return content
    return _surrogates.sub(lambda match: match.group(1) or b"?", content)
