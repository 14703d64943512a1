"""For whom something was done: tenant and authorized user of the running code, or of what an exception left."""

import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from types import CellType, FunctionType
from typing import Any

import sentry_sdk

from ... import tags
from ...objects.calls import let_through
from ...objects.json_values import text
from ...pipeline import exception_marks
from ...pipeline.log_breadcrumbs import Event, Hint
from ...runtime.guards import attempt
from ..work import scopes

FACTS = {"id": "CredentialsId", "username": "Username", "email": "Email"}
"""What is told of a user, and by which attribute ASAB has it; without `send_default_pii` the first alone."""

VARIABLES = "asab.contextvars"
"""The module of ASAB's context variables."""


def _held(name: str) -> Any:
    """Return what a context variable of ASAB holds; a process that is no application of ASAB has not imported them."""
    variables = sys.modules.get(VARIABLES)
    return None if variables is None else getattr(variables, name).get(None)


def install() -> Callable[[], None]:
    """Note what holds in a context manager of `asab.contextvars` when an exception leaves it; return what ends it."""
    undo = contextlib.ExitStack()
    for function in list(vars(importlib.import_module(VARIABLES)).values()):
        body = _body(function)
        if body is not None:
            undo.callback(_replace(body, _noting(body.cell_contents)))
    return undo.close


def _body(function: Any) -> CellType | None:
    """Return where a context manager that was made of a generator function has that.

    Not the context manager itself is replaced: those who want it have imported it before.
    """
    generator = getattr(function, "__wrapped__", None)
    if type(function) is not FunctionType or not inspect.isgeneratorfunction(generator):
        return None
    return next((cell for cell in function.__closure__ or () if cell.cell_contents is generator), None)


def _replace(cell: CellType, function: Any) -> Callable[[], None]:
    before, cell.cell_contents = cell.cell_contents, function

    def undo() -> None:
        if cell.cell_contents is function:
            cell.cell_contents = before

    return undo


def _noting(function: Any) -> Any:
    manager = contextlib.contextmanager(function)

    @functools.wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Iterator[Any]:
        with manager(*args, **kwargs) as value:
            try:
                yield value
            except Exception as error:
                attempt("An exception has no tenant and user", _note, error)
                raise

    return noting


def _note(error: BaseException) -> None:
    exception_marks.note_caller(error, _held("Tenant"), _held("Authz"))


class Describe:
    """Writes tenant and user into events, unless they have others (an event processor)."""

    def __init__(self, *, pii: bool) -> None:
        self._pii = pii

    def __call__(self, event: Event, hint: Hint) -> Event:
        """Write them."""
        if event.get("type"):
            return event
        exc_info = hint.get("exc_info")
        try:
            write(event, *find(exc_info[1] if exc_info else None, pii=self._pii))
        except Exception as error:  # whatever an application put into ASAB's context variables
            let_through(error)
        return event


def write(event: Event, tenant: str | None, user: dict[str, str]) -> None:
    """Write tenant and user into an event, unless it has others."""
    if tenant is not None:
        event.setdefault("tags", {}).setdefault("tenant", tenant)
    if user and not event.get("user"):
        event["user"] = user


def find(error: BaseException | None, *, pii: bool) -> tuple[str | None, dict[str, str]]:
    """Return tenant and user of the code that an exception left, else of the running code.

    The id of the user, and name and email with `pii`.
    """
    tenant, authz = exception_marks.caller(error) if error is not None else (None, None)
    if authz is None:
        authz = _held("Authz")
    shown = _tenant(_held("Tenant") if tenant is None else tenant)
    if authz is None:
        return shown, {}
    facts = FACTS if pii else {"id": FACTS["id"]}
    facts_of_user = {key: getattr(authz, attribute, None) for key, attribute in facts.items()}
    return shown, {key: text(value, 128) for key, value in facts_of_user.items() if value is not None}


def current_tenant() -> str | None:
    """Return the tenant of the current context, where it is one that a tag can be."""
    return _tenant(_held("Tenant"))


def _tenant(tenant: Any) -> str | None:
    if tenant is None:
        return None
    try:
        return tags.text("tenant", tenant)
    except tags.InvalidTag:
        return None


def keep_tenant(scope: sentry_sdk.Scope) -> None:
    """Let the events of a scope have the tenant of the current context, unless they have one of their own."""
    tenant = current_tenant()
    if tenant is None:
        return

    def process(event: Event, hint: Hint) -> Event:  # noqa: ARG001  # the signature is sentry-sdk's
        attempt("An event has no tenant", write, event, tenant, {})
        return event

    scope.add_event_processor(process)  # type: ignore[arg-type]


def keep(scope: sentry_sdk.Scope, error: BaseException, *, pii: bool) -> None:
    """Keep tenant and user of what an exception left in a scope, unless the application has set a user itself."""
    # Whatever an application put into ASAB's context variables, its own exception is on its way.
    with contextlib.suppress(Exception):
        tenant, user = find(error, pii=pii)
        if tenant is not None:
            scopes.set_tag(scope, "tenant", tenant)
        if user and not _has_user(scope):
            scopes.set_user(scope, user)


def _has_user(scope: sentry_sdk.Scope) -> Any:
    return scope._user or sentry_sdk.get_global_scope()._user  # noqa: SLF001  # can only be set publicly
