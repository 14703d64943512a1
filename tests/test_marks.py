"""What is remembered with an exception."""

import copy
import dataclasses
import pickle

import pytest
import sentry_sdk

from asab_sentry import marks


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    """An exception that refuses attributes."""

    code: int


@pytest.mark.parametrize("error", [ValueError("x"), Frozen(5), KeyboardInterrupt(), ExceptionGroup("g", [OSError()])])
def test_reported_once(error: BaseException) -> None:
    """The same exception object is reported once."""
    assert not marks.is_reported(error)
    marks.report(error)
    assert marks.is_reported(error)


def test_reported_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception object that is kept and raised again later is reported again."""
    error = ValueError()
    marks.report(error)
    assert marks.is_reported(error)
    monkeypatch.setattr(marks, "AGAIN_AFTER", 0.0)
    assert not marks.is_reported(error)


def test_innermost_scope_is_kept() -> None:
    """An exception keeps the scope of the innermost unit of work that it left."""
    error = ValueError()
    inner, outer = sentry_sdk.Scope(), sentry_sdk.Scope()
    assert marks.origin(error) is None
    marks.leave(error, inner)
    marks.leave(error, outer)
    assert marks.origin(error) is inner


def test_copies_and_pickles() -> None:
    """A marked exception can be pickled for a process that knows nothing of marks, and its copy is unmarked."""
    error = ValueError("text")
    marks.report(error)
    marks.leave(error, sentry_sdk.Scope())
    dumped = pickle.dumps(error)
    assert b"asab_sentry.marks" not in dumped
    restored = pickle.loads(dumped)
    assert restored.args == ("text",)
    assert not marks.is_reported(restored)
    assert not marks.is_reported(copy.deepcopy(error))
