"""What of a request and of its user is left out unless an option opens it: values go, names and structure stay."""

from typing import Any

from ...secret_keys.denylist import FILTERED, words_of_key
from ...secret_keys.key_words import words_of
from .secret_patterns.url_paths import query

HARMLESS = words_of(
    "accept accept-charset accept-encoding accept-language access-control-request-headers "
    "access-control-request-method age allow baggage cache-control connection content-disposition "
    "content-encoding content-language content-length content-type date dnt etag expect expires host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified pragma range "
    "retry-after sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site "
    "sec-fetch-user sentry-trace server te traceparent tracestate trailer transfer-encoding upgrade "
    "upgrade-insecure-requests user-agent vary via x-correlation-id x-forwarded-host x-forwarded-port "
    "x-forwarded-prefix x-forwarded-proto x-request-id x-requested-with x-tenant"
)
"""Headers whose values say nothing of who sends them."""

HEADER_PREFIXES = ("http.request.header.", "http.response.header.")
"""Names of OpenTelemetry for a header, with dashes or underscores."""

QUERIES = frozenset({"query_string", "http.query", "http.fragment", "url.query", "url.fragment"})
"""Keys of query strings in requests, breadcrumbs and spans."""

NO_BODY = (
    "",
    None,
    FILTERED,
    "[Exceeds maximum size]",
    "[Unparsable]",
    "[Can't show request body due to implementation details.]",
)
"""What sentry-sdk puts in the place of a body."""


bodies: set[str] = set()
"""Names under which a body is anywhere: web servers that are watched add how they call it."""


def blank(value: Any) -> Any:
    """Return a value of the same structure whose texts and numbers are `[Filtered]`."""
    if isinstance(value, dict):
        return {key: blank(inner) for key, inner in list(value.items())}
    if isinstance(value, (list, tuple)):
        return [blank(inner) for inner in value]
    return value if value is None or value is True or value is False or value == "" else FILTERED


def is_harmless(header: str) -> bool:
    """Return whether the value of a header may be shown."""
    return header.lower().replace("_", "-") in HARMLESS


def is_header(key: str) -> bool:
    """Return whether a key is that of a header whose value is left out, as spans have them."""
    prefix = next((prefix for prefix in HEADER_PREFIXES if key.startswith(prefix)), None)
    return prefix is not None and not is_harmless(key.removeprefix(prefix))


def is_of_headers(key: str) -> bool:
    """Return whether headers stand under a key, wherever it is."""
    return words_of_key(key)[-1:] == ["headers"]


def without_query(value: Any) -> Any:
    """Return the query of a URL, as text, pairs or dict, without its values."""
    return query(value) if isinstance(value, str) else blank_pairs(value)


def url(value: str) -> str:
    """Return a URL, absolute or not, without the values of its query."""
    base, mark, rest = value.partition("?")
    return f"{base}?{query(rest)}" if mark else value


def blank_pairs(value: Any) -> Any:
    """Return `[[name, value], ...]` or a dict with the names only."""
    if isinstance(value, (list, tuple)):
        return [[pair[0], blank(pair[1])] if is_pair(pair) else blank(pair) for pair in value]
    return blank(value)


def is_pair(value: Any) -> bool:
    """Return whether this may be a name and a value."""
    return isinstance(value, (list, tuple)) and len(value) == 2 and isinstance(value[0], str)


def header_pairs(value: Any) -> Any:
    """Return headers that are pairs with the values of harmless ones only."""
    if isinstance(value, (list, tuple)):
        return [pair if is_pair(pair) and is_harmless(pair[0]) else blank_pairs([pair])[0] for pair in value]
    return blank(value)


def user(value: Any) -> Any:
    """Return the id of a user, and of the rest only that it is there."""
    if not isinstance(value, dict):
        return blank(value)
    # An address that is none would be an error for Sentry, so it is not replaced but taken out.
    return {
        key: inner if key == "id" else blank(inner)
        for key, inner in list(value.items())
        if key not in {"ip_address", "geo"}
    }
