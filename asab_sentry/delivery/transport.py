"""sentry-sdk's transport, which sends whatever it is given: what is no JSON is made so."""

import logging
import re
from typing import Any

import urllib3
from sentry_sdk.envelope import Envelope, Item, PayloadRef
from sentry_sdk.transport import HttpTransport

from .. import values
from ..notices import say

MAX_SIZE = 500_000
MAX_DEPTH = 20

_surrogates = re.compile(rb"(\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\\\)|\\ud[89a-f][0-9a-f]{2}")


class Transport(HttpTransport):
    """Sends envelopes from a thread of its own."""

    # These names are private, as is all that a transport can be built on. The SDK sends from a thread.
    def _send_envelope(self, envelope: Envelope) -> None:
        envelope.items[:] = [_sendable(item) for item in envelope.items]
        super()._send_envelope(envelope)

    def _get_pool_options(self) -> dict[str, Any]:
        # The key is for this server alone, so redirects are not followed. An attempt that is repeated at once fails
        # again, and urllib3 warns of each on the console.
        return {**super()._get_pool_options(), "retries": urllib3.Retry(0, redirect=False, raise_on_redirect=False)}

    def on_dropped_event(self, _reason: str) -> None:
        """Say why an event was lost."""
        say(logging.WARNING, f"Sentry did not take an event ({_reason.replace('_', ' ')})")


def _sendable(item: Item) -> Item:
    """Return the item with a payload that is valid JSON; a hook or an event processor may have left anything in it."""
    payload: Any = item.payload.json if isinstance(item.payload, PayloadRef) else None
    if payload is None:
        return item
    try:
        content = item.get_bytes()
    except (TypeError, ValueError, RecursionError) as error:
        say(logging.ERROR, f"An event holds what is no JSON ({type(error).__name__}: {error}); it is sent as text")
        item = Item(PayloadRef(json=values.mapping(payload, size=MAX_SIZE, depth=MAX_DEPTH)), headers=item.headers)
        content = item.get_bytes()
    if b"\\ud" not in content:
        return item
    # A strict parser rejects the whole event for half a pair of surrogates.
    whole = _surrogates.sub(lambda match: match.group(1) or b"?", content)
    return Item(PayloadRef(bytes=whole), headers=item.headers)
