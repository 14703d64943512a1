"""What sentry-sdk adds to a log from the scopes of where it is made: the trace, the attributes, the user."""

import re
from typing import Any, NamedTuple

import sentry_sdk
import sentry_sdk.scope

from ..objects.attributes import MAX_TEXT, attribute_of
from .spans import spans

_is_id = re.compile("[0-9a-f]{16}|[0-9a-f]{32}").fullmatch

USER = {"id": "user.id", "username": "user.name", "email": "user.email", "ip_address": "user.ip_address"}
"""What of a user becomes which attribute."""


class ScopeFacts(NamedTuple):
    """What holds at a time: a copy."""

    trace_id: str | None
    span_id: str | None
    """Of what is being measured, if something is."""
    attributes: dict[str, Any]


def current(*, with_user: bool) -> ScopeFacts:
    """Return what the scopes of now have; the user `with_user` only.

    sentry-sdk merges all that scopes have into a new one for each log, for these few values.
    """
    everywhere, around, within = (
        sentry_sdk.get_global_scope(),
        sentry_sdk.get_isolation_scope(),
        sentry_sdk.get_current_scope(),
    )
    attributes: dict[str, Any] = {**everywhere._attributes}  # noqa: SLF001  # they can only be set publicly
    if around._attributes:  # noqa: SLF001
        attributes |= around._attributes  # noqa: SLF001
    if within._attributes:  # noqa: SLF001
        attributes |= within._attributes  # noqa: SLF001
    if with_user:
        user: Any = next((scope._user for scope in (within, around, everywhere) if scope._user is not None), None)  # noqa: SLF001
        for name, attribute in USER.items():
            if user and user.get(name) is not None:
                attributes.setdefault(attribute, attribute_of(user[name], MAX_TEXT))
    span = spans.measured(within)
    if span is not None:
        return ScopeFacts(within.get_trace_context().get("trace_id"), span.span_id, attributes)
    of_others = sentry_sdk.scope.get_external_propagation_context()
    if of_others:
        trace_id, span_id = of_others
        return ScopeFacts(_checked(trace_id), _checked(span_id), attributes)
    return ScopeFacts(within.get_active_propagation_context().trace_id, None, attributes)


def _checked(number: Any) -> str | None:
    """Return the id of a trace or span, if it is one: a function of others may return anything."""
    return number if isinstance(number, str) and _is_id(number) else None
