"""Calls into code of others: a `repr()` or `items()` may fail, end the process, capture, log, or take its time."""

import dis
import functools
import itertools
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

SECONDS = 0.02
"""For how long the code of others may run for one event; what is left then is shown by its type."""

_SIGNALS = tuple(signal.valid_signals())
_RAISING = frozenset({"RAISE_VARARGS", "RERAISE"})


class Refused(Exception):
    """The code of others is not called."""


class Unruly(Exception):
    """The code of others raised what is no `Exception`, as `SystemExit`. The text is the name of its type."""


class _Inside(threading.local):
    """Whether this thread is in code of others, which may capture or log in its turn: that ends here."""

    yes = False


_inside = _Inside()


class _AtOnce(threading.local):
    """What is left of `SECONDS` for all that one call of this package makes; None where there is none.

    Else an event would take as often as long as it has parts, and tags as often as there are any. Whoever begins it
    sets it, and None at the end, without a call in between: a signal handler may raise behind any. Nor does it return
    from within the block, as that ends before.
    """

    left: float | None = None


AT_ONCE = _AtOnce()


class Calls:
    """The calls for one event, which together take no longer than `SECONDS`, but for the last one."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = SECONDS

    def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        """Return what the function returns. All that it can raise is an `Exception`, or the interrupt of a user."""
        shared = AT_ONCE.left
        if _inside.yes or self._left <= 0 or (shared is not None and shared <= 0):
            raise Refused
        began = time.perf_counter()
        _inside.yes = True  # a signal handler may raise behind any call, so none is between this and the block
        try:
            result = function(*args)  # not returned from here: what a signal handler raises then is not in the block
        except Exception:
            raise
        except BaseException as error:
            if is_interrupt(error):
                raise
            raise Unruly(type(error).__name__) from None
        finally:
            _inside.yes = False
            took = time.perf_counter() - began
            self._left -= took
            if AT_ONCE.left is not None:
                AT_ONCE.left -= took
        return result


def let_through(error: BaseException) -> None:
    """Raise what a signal handler has raised, where errors of this package and of what it calls are not to get out."""
    if is_interrupt(error):
        raise error


def is_interrupt(error: BaseException) -> bool:
    """Return whether an exception comes from a signal, as that of Ctrl-C does, and so is meant for the application.

    Python runs handlers of signals between any two instructions of the main thread. The traceback then holds the frame
    of the handler, which was given the frame that it has interrupted; the one for Ctrl-C has none, but interrupts an
    instruction that does not raise.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    codes = {id(_code(signal.getsignal(number))) for number in _SIGNALS} - {id(None)}
    innermost, traceback = None, error.__traceback__
    while traceback is not None:
        innermost, traceback = traceback, traceback.tb_next
        if id(innermost.tb_frame.f_code) in codes:
            return True
        # It may not be the handler any more, as one that is to come once only. Functions that raise what is no end of
        # a program may be given such a frame for other reasons.
        if not isinstance(error, Exception) and _was_given_what_it_interrupts(innermost.tb_frame):
            return True
    if not isinstance(error, KeyboardInterrupt) or innermost is None:
        return False
    instruction = innermost.tb_frame.f_code.co_code[innermost.tb_lasti]
    return dis.opname[instruction] not in _RAISING


def _was_given_what_it_interrupts(frame: FrameType) -> bool:
    arguments, interrupted = frame.f_locals.values(), frame.f_back
    pairs = [value for value in arguments if type(value) is tuple and len(value) == 2]  # the number of a signal first
    return interrupted is not None and any(value is interrupted for value in itertools.chain(arguments, *pairs))


def _code(handler: Any) -> Any:
    while isinstance(handler, functools.partial):  # as that of `asyncio.run`
        handler = handler.func
    return getattr(handler, "__code__", None)
