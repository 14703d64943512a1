"""Work that is measured, as transactions and spans."""

from typing import Any

import sentry_sdk

from ...objects.json_values import text
from ...runtime.guards import attempt
from ...sdk.spans import spans
from . import tracing
from .runs import Run, is_failure

MAX_NAME = 200
MAX_OPERATION = 128

ORIGIN = "auto.http.asab"
"""By which Sentry tells what has measured a request."""


class Span(Run):
    """Measures a part of the current transaction, if there is one that is sent."""

    _made: Any = None
    """The span or transaction of sentry-sdk."""
    _begun_in: sentry_sdk.Scope | None = None
    _scope: sentry_sdk.Scope | None = None
    """Where it is the current one, if anywhere."""
    _outer: "_Current" = None, None, None
    """What is current there without it."""
    _inner: "_Current" = None, None, None
    """What is current there with it, while the work waits."""

    def __init__(self, operation: object, name: object) -> None:
        self._operation = operation
        self._name = name

    @staticmethod
    def otherwise() -> Any:
        """Return what can be used like a span."""
        return spans.Measurement(attempt("What is not measured knows no trace", spans.Nothing))

    def _begin(self) -> Any:
        scope = sentry_sdk.get_current_scope()
        parent = scope.span
        if parent is None or parent.sampled is False:
            return self.otherwise()
        self._enter(scope)
        self._made = spans.begin_child(parent, text(self._operation, MAX_OPERATION), text(self._name, MAX_NAME))
        return spans.Measurement(self._made)

    def _enter(self, scope: sentry_sdk.Scope) -> None:
        """Remember what is current in a scope."""
        self._scope = self._begun_in = scope
        self._outer = _current(scope)

    def _end(self, error: BaseException | None) -> None:
        scope, begun_in = self._scope, self._begun_in
        if scope is None or begun_in is None:
            return
        is_current = scope.span is self._made
        current = begun_in.span
        try:
            self._finish(error)
        finally:
            if not is_current or begun_in is not scope:
                # Elsewhere, or out of turn: sentry-sdk has returned to what was current when it began.
                begun_in.span = current
            if is_current:
                _make_current(scope, self._outer)

    def _finish(self, error: BaseException | None) -> None:
        spans.end(self._made, error if is_failure(error) else None)

    def _leave(self) -> None:
        if self._scope is not None:
            self._inner = _current(self._scope)
            _make_current(self._scope, self._outer)

    def _resume(self) -> None:
        if self._scope is not None:
            self._scope = scope = sentry_sdk.get_current_scope()
            self._outer = _current(scope)
            _make_current(scope, self._inner)


class Transaction(Span):
    """Measures a transaction, or within another one a span of it; `rate` as in `tracing.decide`."""

    def __init__(self, operation: object, name: object, rate: float | None) -> None:
        self._operation = operation
        self._name = name
        self._rate = rate

    def _begin(self) -> Any:
        scope = sentry_sdk.get_current_scope()
        headers = None
        if (parent := scope.span) is not None:
            if spans.has_parts(parent):
                return super()._begin()
            # It was begun by what is over, as the task of a request that goes on after it: it is of the same trace.
            headers = dict(parent.iter_headers())
        self._enter(scope)
        may_be, number = tracing.decide(self._rate) if headers is None else (True, None)
        if may_be:
            operation, name = text(self._operation, MAX_OPERATION), text(self._name, MAX_NAME)
            made = spans.begin_root(scope, operation, name, number, headers=headers)
        else:
            tracing.leave_out(scope)
            made = spans.Nothing(text(self._name, MAX_NAME))
            spans.place(scope, made)
        self._made = made
        return spans.Measurement(made)


class Request(Span):
    """Measures a web request, and is told how it ended.

    `number` is what was drawn for it, `facts` are for a sampler, `headers` those by which it continues a trace.
    """

    def __init__(self, name: str, number: float | None, facts: dict[str, Any], headers: dict[str, str]) -> None:
        super().__init__("http.server", name)
        self._number = number
        self._facts = facts
        self._headers = headers

    @staticmethod
    def otherwise() -> Any:
        """Return what is told how a request ended."""
        return spans.Nothing()

    def _begin(self) -> Any:
        scope = sentry_sdk.get_current_scope()
        self._enter(scope)
        self._made = made = spans.begin_root(
            scope,
            text(self._operation, MAX_OPERATION),
            text(self._name, MAX_NAME),
            self._number,
            source="url",
            origin=ORIGIN,
            facts=self._facts,
            headers=self._headers,
        )
        return made

    def _finish(self, error: BaseException | None) -> None:  # noqa: ARG002  # it was told the status
        spans.end(self._made, None)


_Current = tuple[Any, str | None, Any]
"""The trace, the name of what is measured and the span of a scope."""


def _current(scope: sentry_sdk.Scope) -> _Current:
    # Private: the first as in `tracing`; sentry-sdk leaves the name of a transaction that is over to later events.
    return scope._propagation_context, scope._transaction, scope.span  # noqa: SLF001


def _make_current(scope: sentry_sdk.Scope, current: _Current) -> None:
    trace, name, span = current
    if span is not None and spans.is_over(span):  # as those of generators that take turns may be
        root = spans.root(span)
        span = None if root is None or spans.is_over(root) else root
    scope.span = span
    scope._propagation_context, scope._transaction = trace, name  # noqa: SLF001  # as in `_current`
