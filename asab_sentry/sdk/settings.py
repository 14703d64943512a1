"""The arguments of a client, by the names of sentry-sdk 2, as the installed version takes them."""

from typing import Any

from sentry_sdk.consts import DEFAULT_OPTIONS

from .version import THREE

_OFF = {"mode": "off"}

NOT_COLLECTED: dict[str, Any] = {
    "user_info": False,
    "cookies": _OFF,
    "url_query_params": _OFF,
    "http_headers": {"request": _OFF},
    "database_query_data": False,
    "queues": False,
    "graphql": {"document": False, "variables": False},
    "gen_ai": {"inputs": False, "outputs": False},
    "mcp": {"inputs": False, "outputs": False},
}
"""What integrations of sentry-sdk 3 collect by default, and are not to without `send_default_pii`."""

BARE = {"stack_frame_variables": False, "frame_context_lines": 0, "http_bodies": []}
"""What is done by this package instead."""

ONLY_2 = frozenset(
    {
        "send_default_pii",
        "event_scrubber",
        "before_send_transaction",
        "enable_logs",  # that is always on
    }
)
ONLY_3 = frozenset({"before_send_span"})
"""What is given to either major, though one has it. Options that are passed on as they are say so in their rows."""


class Unscrubbed:
    """In place of the scrubber of sentry-sdk 2, which runs early and sees little."""

    def scrub_event(self, event: Any) -> None:
        """Leave the event as it is: `before_send` sees it later."""


def adapt(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what `sentry_sdk.Client` takes; the frames that it builds by itself are bare, and it scrubs nothing."""
    settings = {**settings, "functions_to_trace": [{"qualified_name": name} for name in settings["functions_to_trace"]]}
    if THREE:
        collected = {**({} if settings["send_default_pii"] else NOT_COLLECTED), **BARE}
        return {key: value for key, value in settings.items() if key not in ONLY_2} | {"data_collection": collected}
    bare = {"include_local_variables": False, "include_source_context": False, "event_scrubber": Unscrubbed()}
    return {key: value for key, value in settings.items() if key not in ONLY_3} | bare


def with_defaults(settings: dict[str, Any]) -> dict[str, Any]:
    """Return all options of sentry-sdk, as its transports are given them: its defaults where there is nothing else."""
    return {**DEFAULT_OPTIONS, **settings}
