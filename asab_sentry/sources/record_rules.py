"""What the records of a logger mean, where they mean something else than those of others."""

import logging
from typing import Any

from ..pipeline.grouping import Issue
from ..pipeline.log_breadcrumbs import Event, LogBreadcrumb
from . import breadcrumbs


class Rule:
    """What the records of one logger mean; what is not overridden is as with all others."""

    is_machinery = False
    """Whether the exceptions of its records were handled by nobody: Sentry shows its name as their mechanism."""

    shows_template = True
    """Whether the text of a message, and what is put into it, may be shown beside the message."""

    log_keys: tuple[str, ...] = ()
    """Of which data of the breadcrumb a structured log is made, if it is made of it."""

    def is_event(self, record: logging.LogRecord) -> bool | None:  # noqa: ARG002  # of others
        """Return whether a record is an event; None: its level decides."""
        return None

    def has_breadcrumb(self, record: logging.LogRecord, *, is_event: bool) -> bool:  # noqa: ARG002  # of others
        """Return whether a breadcrumb of it, which is an event or is not, can be of use."""
        return True

    def breadcrumb(self, record: logging.LogRecord) -> LogBreadcrumb:
        """Return its breadcrumb."""
        return breadcrumbs.made_of(record)

    def shown(self, struct_data: dict[str, Any]) -> dict[str, Any]:
        """Return what of struct_data, which is JSON, may be shown."""
        return struct_data

    def issue(self, issue: Issue, error: BaseException) -> Issue:  # noqa: ARG002  # of others
        """Return the issue of its exception, which is this one with others."""
        return issue

    def complete(self, event: Event, struct_data: Any) -> Any:  # noqa: ARG002  # of others
        """Write into its event what struct_data tells of it; return what else of it is shown."""
        return struct_data


ORDINARY = Rule()
