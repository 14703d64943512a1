"""What a user says of an error, as Sentry's user feedback: https://develop.sentry.dev/sdk/telemetry/feedbacks/."""

import datetime
import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from ..objects import json_values
from ..runtime.diagnostics import say

MAX_MESSAGE = 4096
MAX_TEXT = 200

_event_id = re.compile(r"[0-9a-f]{32}").fullmatch


def send(message: Any, facts: Mapping[str, Any], tags: Mapping[str, str], details: Mapping[str, Any]) -> str | None:
    """Send what a user says; return its id, or None when nothing was sent.

    Args:
        message: The text.
        facts: Of the event: release, environment and server.
        tags: Of the event.
        details: What else is known: `name` and `contact_email` of the user, `associated_event_id` and `url`.
    """
    client = sentry_sdk.get_client()
    text = "" if message is None else json_values.text(message, MAX_MESSAGE).strip()
    if not text or client.transport is None:
        say(logging.ERROR, "capture_feedback() takes a text; nothing is sent")
        return None
    feedback = {key: json_values.text(value, MAX_TEXT) for key, value in details.items() if value is not None}
    associated = feedback.pop("associated_event_id", "").replace("-", "").lower()
    if _event_id(associated):
        feedback["associated_event_id"] = associated
    elif associated:
        say(logging.ERROR, "capture_feedback() takes the id of an event, of 32 hexadecimal digits; it goes without")
    event_id = uuid.uuid4().hex
    event: Any = {
        "type": "feedback",
        "event_id": event_id,
        "timestamp": datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z"),
        "platform": "python",
        "level": "info",
        **facts,
        "tags": {**tags},
        "contexts": {
            "feedback": {"message": text, **feedback},
            "trace": sentry_sdk.get_current_scope().get_trace_context(),
        },
    }
    event = client.options["before_send"](event, {})  # it is cleaned there, as all events are
    if event is None:
        return None
    client.transport.capture_envelope(Envelope({"event_id": event_id}, [Item(PayloadRef(json=event), type="feedback")]))
    return event_id
