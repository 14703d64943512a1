"""The fingerprint that the scopes of sentry-sdk give to an event."""

from typing import Any

import sentry_sdk
from sentry_sdk.scope import _current_scope


def of_scopes(scope: Any = None) -> Any:
    """Return what is set in a scope, else in the innermost of the current ones where one is; None: nowhere.

    They are looked at in the order in which sentry-sdk merges them.
    """
    for place in (
        scope,
        _current_scope.get(),
        sentry_sdk.Scope.get_isolation_scope(),
        sentry_sdk.Scope.get_global_scope(),
    ):
        # Private: publicly it can only be set. Instead of a scope there may be a function.
        fingerprint = getattr(place, "_fingerprint", None)
        if fingerprint is not None:
            return fingerprint
    return None
