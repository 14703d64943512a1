"""Places in requests: as they stand in an event, and as a real server gets them."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import sentry_sdk

from .failures import in_frame
from .registry import PLACES, L, Place, Put, Values, log, place


def _token(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def _line(text: str) -> str:
    return " ".join(text.split()).encode("latin-1", "replace").decode("latin-1")


def _multipart(values: Values) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for key, text in values if isinstance(values[0], tuple) else values.named().items():
        writer.append(text).set_content_disposition("form-data", quote_fields=False, name=key)
    return writer


def request(values: Values, parts: Callable[[Values], dict[str, Any]]) -> None:
    """Send an event of a request."""
    sentry_sdk.capture_event(
        {"message": "it failed", "level": "error", "request": {"url": "http://shop/", **parts(values)}}
    )


@place("request, url")
def _(values: Values) -> None:
    request(values, lambda values: {"url": f"http://shop/{values[0]}"})


@place("request, query")
def _(values: Values) -> None:
    request(values, lambda values: {"query_string": f"name={values[0]}"})


@place("request, headers", 20)
def _(values: Values) -> None:
    request(values, lambda values: {"headers": {f"X-{key}": value for key, value in values.named().items()}})


@place("request, harmless header")
def _(values: Values) -> None:
    request(values, lambda values: {"headers": {"User-Agent": values[0], "X-Request-Id": values[0]}})


@place("request, cookies", 20)
def _(values: Values) -> None:
    request(values, lambda values: {"cookies": values.named()})


@place("request, body", 20, objects=True)
def _(values: Values) -> None:
    request(values, lambda values: {"data": values.named()})


@place("request, body as text")
def _(values: Values) -> None:
    request(values, lambda values: {"data": values[0]})


WEB: dict[str, Callable[[Values], dict[str, Any]]] = {
    "web request, path": lambda values: {"path": f"/{quote(values[0], safe='')}"},
    "web request, query": lambda values: {"params": values.named()},
    "web request, headers": lambda values: {
        "headers": {f"X-{key}": _line(text) for key, text in values.named().items()}
    },
    "web request, harmless header": lambda values: {"headers": {"User-Agent": _line(values[0])}},
    "web request, cookies": lambda values: {
        "headers": {"Cookie": "; ".join(f"a{i}={_line(v)}" for i, v in enumerate(values))}
    },
    "web request, JSON": lambda values: {"json": {"order": values.named()}},
    "web request, body": lambda values: {"data": values[0].encode(), "headers": {"Content-Type": "text/plain"}},
    "web request, form": lambda values: {"data": values.named()},
    "web request, multipart": lambda values: {"data": _multipart(values)},
}
"""Places in requests to a real server: what the client is given, beside `path`."""


PLACES |= {
    name: Place(lambda _: None, 8 if "harmless" not in name and name[-4:] not in ("path", "body") else 1)
    for name in WEB
}


BY_NAME: dict[str, Put] = {
    "struct_data": lambda values: L.error("it failed", struct_data=dict(values)),
    "extra of a log record": lambda values: L.error("it failed", extra=dict(values)),
    "local variable": lambda values: in_frame(values, dict),
    "local variable, in a dict": lambda values: in_frame(values, lambda values: {"payload": dict(values)}),
    "breadcrumb, struct_data": lambda values: (L.warning("it happens", struct_data=dict(values)), log()),
    "context": lambda values: (sentry_sdk.set_context("order", dict(values)), log()),
    "extra of a scope": lambda values: (sentry_sdk.get_current_scope().update_from_kwargs(extras=dict(values)), log()),
    "tag": lambda values: (sentry_sdk.set_tags(dict(values)), log()),
    "request, body": lambda values: request(values, lambda values: {"data": dict(values)}),
    "request, headers": lambda values: request(values, lambda values: {"headers": dict(values)}),
    "request, cookies": lambda values: request(values, lambda values: {"cookies": dict(values)}),
    "request, query": lambda values: request(values, lambda values: {"query_string": urlencode(dict(values))}),
    "log of sentry-sdk": lambda values: sentry_sdk.logger.error("it failed", attributes=dict(values)),
}
"""Places where values have names; these are given pairs of a name and a value."""


WEB |= {
    "by name, web request, query": lambda values: {"params": dict(values)},
    "by name, web request, headers": lambda values: {"headers": {_token(key): text for key, text in values}},
    "by name, web request, cookies": lambda values: {
        "headers": {"Cookie": "; ".join(f"{_token(key)}={text}" for key, text in values)}
    },
    "by name, web request, JSON": lambda values: {"json": {"order": dict(values)}},
    "by name, web request, form": lambda values: {"data": dict(values)},
    "by name, web request, multipart": lambda values: {"data": _multipart(values)},
}


NAMED_PLACES = [*(f"by name, {name}" for name in BY_NAME), *(name for name in WEB if name.startswith("by name, "))]


PLACES |= {f"by name, {name}": Place(put, 6) for name, put in BY_NAME.items()}


PLACES |= {name: Place(lambda _: None, 6) for name in NAMED_PLACES if name in WEB}
