"""What is remembered with an exception: where it was reported, and the units of work that it left.

One object may be the failure of several units of work: all who wait for a future, or for a connection that is lost, get
the same. Each tells of it; what one has told of is not told again by its parts, nor by what it is part of.

The mark is an attribute of the exception, so it costs nothing to look up and is gone with the exception. (Most
exceptions cannot be referenced weakly.)
"""

import itertools
import time
from typing import Any, NamedTuple

import sentry_sdk

from ..objects.errors import is_exception, traceback_of

_ATTRIBUTE = "__asab_sentry__"

AGAIN_AFTER = 60.0
"""Seconds after which the same exception object counts as raised anew, as some code keeps one and raises it often."""

MAX_UNITS = 64
"""So many units of work are remembered, the newest; there are exceptions that are never gone."""

MAX_SCOPES = 8
"""Of so many of them the scope, which may hold a request."""

Unit = tuple[int, ...]
"""The number of a unit of work, behind those of what it is part of. The application outside of all has none."""


class Report(NamedTuple):
    """That an exception of a place was reported in a unit of work, or counted as suppressed."""

    unit: Unit
    place: tuple[str, int] | None
    moment: float


class Left(NamedTuple):
    """That an exception left a unit of work, which had a scope, if that is remembered; of a task, by its `id`."""

    unit: Unit
    scope: sentry_sdk.Scope | None
    task: int | None = None


class _Mark:
    """A mark. Pickled with its exception (for another process, say) it becomes a plain False.

    It is that of one object; copies take it along. Its parts are replaced as a whole, as by a signal handler.
    """

    owner: int
    reports: tuple[Report, ...] = ()
    left: tuple[Left, ...] = ()
    message_type: Any = None
    caller: tuple[Any, Any] = None, None
    is_settled = False

    def __reduce__(self) -> tuple[Any, ...]:
        return bool, ()


# Not getattr() and setattr(): those of an exception are anybody's code, and it may be a frozen dataclass.
_attributes = BaseException.__dict__["__dict__"].__get__


def _mark_of(error: BaseException) -> _Mark | None:
    try:
        mark = _attributes(error).get(_ATTRIBUTE)
    except TypeError:  # it only seems to be an exception
        return None
    return mark if type(mark) is _Mark and mark.owner == id(error) else None


def _mark(error: BaseException) -> _Mark:
    mark = _mark_of(error)
    if mark is None:
        mark = _Mark()
        mark.owner = id(error)
        try:  # not contextlib.suppress, which takes longer than all the rest
            _attributes(error)[_ATTRIBUTE] = mark
        except TypeError:
            return mark
    return mark


def report(error: BaseException, unit: Unit) -> Report | None:
    """Remember that the exception is reported in a unit of work; None when it was, as far as that is concerned."""
    mark, place, now = _mark(error), _place(error), time.monotonic()
    added, before = Report(unit, place, now), mark.reports
    if mark.is_settled:
        mark.is_settled = False
        mark.reports = (*before[-MAX_UNITS + 1 :], added)
        return None
    if not before:  # as most have none
        mark.reports = (added,)
        return added
    before = tuple(report for report in before if now - report.moment < AGAIN_AFTER)
    # One that was reported before it was raised has had no place yet.
    if any(report.place in {place, None} and _is_told(report.unit, unit) for report in before):
        return None
    mark.reports = (*before[-MAX_UNITS + 1 :], added)
    return added


def settle(error: BaseException) -> None:
    """Let the next who reports the exception, in whatever unit of work and however late, be told that it was reported.

    Not if it was not, as where a hook has dropped it.
    """
    mark = _mark_of(error)
    if mark is not None and mark.reports:
        mark.is_settled = True


def take_back(error: BaseException, report: Report) -> None:
    """Forget that the exception was reported: nothing was sent."""
    mark = _mark(error)
    mark.reports = tuple(other for other in mark.reports if other is not report)


def note_delivery(error: BaseException, message_type: Any) -> None:
    """Remember the type of the PubSub message that was delivered when the exception was raised."""
    _mark(error).message_type = message_type


def delivery(error: BaseException) -> Any:
    """Return the type of the PubSub message that was delivered when the exception was raised; None: none was."""
    mark = _mark_of(error)
    return None if mark is None else mark.message_type


def note_caller(error: BaseException, tenant: Any, authz: Any) -> None:
    """Remember what ASAB knows of the caller of the innermost code that the exception left."""
    mark = _mark(error)
    before_tenant, before_authz = mark.caller
    mark.caller = (
        tenant if before_tenant is None else before_tenant,
        authz if before_authz is None else before_authz,
    )


def caller(error: BaseException) -> tuple[Any, Any]:
    """Return tenant and authorization that were noted with the exception, None for what was not."""
    mark = _mark_of(error)
    return (None, None) if mark is None else mark.caller


def leave(error: BaseException, unit: Unit, scope: sentry_sdk.Scope, task: object = None) -> None:
    """Remember the scope of a unit of work that the exception left, or of the part of that it left before."""
    mark, name = _mark(error), None if task is None else id(task)
    inner = next((left for left in reversed(mark.left) if is_part(left.unit, unit)), None)
    if inner is None:
        inner = Left(unit, scope)
    others = [left for left in mark.left if left is not inner][-MAX_UNITS + 1 :]
    if len(others) >= MAX_SCOPES:
        others[-MAX_SCOPES] = others[-MAX_SCOPES]._replace(scope=None)
    mark.left = (*others, inner._replace(task=name or inner.task))


def take_left(error: BaseException, within: Unit = (), task: object = None) -> Left | None:
    """Return, and forget, the innermost unit of work that the exception left last, within another one; None: none.

    If it has left several, it is that of the task, or the last one that has not told of it.
    """
    mark = _mark_of(error)
    if mark is None or not mark.left:
        return None
    lefts = [left for left in reversed(mark.left) if is_part(left.unit, within)]
    silent = (left for left in lefts if not any(_is_told(report.unit, left.unit) for report in mark.reports))
    of_task = (left for left in lefts if task is not None and left.task == id(task))
    chosen = next(itertools.chain(of_task, silent, lefts), None)
    mark.left = tuple(left for left in mark.left if left is not chosen)
    return chosen


def is_part(unit: Unit, of: Unit) -> bool:
    """Return whether a unit of work is part of another one, or the same."""
    return not of or of[-1] in unit


def _is_told(by: Unit, unit: Unit) -> bool:
    """Return whether a unit of work has told what another one would: itself, a part of it, or what it is part of.

    What the application tells, outside of all units of work, does not count for those.
    """
    return is_part(by, unit) or (bool(by) and is_part(unit, by))


def _place(error: BaseException) -> tuple[str, int] | None:
    """Return file and line where the exception was raised, which stay the same on its way."""
    if not is_exception(error) or (traceback := traceback_of(error)) is None:
        return None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
