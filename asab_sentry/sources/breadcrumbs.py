"""Breadcrumbs are left in the scope, past the functions of sentry-sdk."""

import sentry_sdk

from ..pipeline.log_breadcrumbs import LogBreadcrumb

_isolation_scope = sentry_sdk.Scope.get_isolation_scope


def add(breadcrumb: LogBreadcrumb, limit: int) -> None:
    """Append to the current isolation scope, of which the newest `limit` breadcrumbs are kept."""
    # Private, because `Scope.add_breadcrumb` copies into a plain dict and looks up client and hooks each time.
    kept = _isolation_scope()._breadcrumbs  # noqa: SLF001
    kept.append(breadcrumb)
    while len(kept) > limit:
        kept.popleft()
