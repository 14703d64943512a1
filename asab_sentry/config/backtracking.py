"""Whether a regular expression takes far too long for some texts: it is tried on texts that are made of itself.

Nested repetitions, as in `(a+)+x`, take twice as long for each character more: such an expression would stop a service
at any text that looks like what it is for.
"""

import contextlib
import importlib
import itertools
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

LONGEST = 1000
"""Characters of a text for which an expression is tried."""
TIMES = 10
"""How many times as long it may take as one does whose time grows with the square of the text."""
SHORTEST = 0.01
"""A shorter time is none to be told from an accident, in seconds of CPU."""
NEAR = 0.1
"""From how much of the limit on it is nearly too long."""
PATIENCE = 0.5
"""For how much CPU time an expression is tried, in seconds; what is not known to be slow then is accepted."""
MANY = 10
"""A repetition of so many may take long."""

# Of what takes exponential time a short text tells.
_sizes = (range(8, 36, 4), (60,), (130, 300), (LONGEST,))
_ends = ("\0", "", " ", "\n!")
_characters = "a0 _-.A/é"

_square = re.compile("[^x]+[xy]")
_SAMPLE = 300


class _StoppedError(Exception):
    pass


def slow_text(pattern: str) -> str | None:
    """Return a text for which the expression takes too long; None: none is known, or outside of the main thread."""
    expression = re.compile(pattern)
    of_one = _seconds_of_square()
    ends_at = time.thread_time() + PATIENCE
    parts = [*itertools.product(_tries(pattern), _ends)]
    tries = itertools.chain.from_iterable(itertools.product(parts, sizes) for sizes in _sizes)
    with _limiter() as limited:
        if limited is None:
            return None
        for ((before, repeated), end), size in tries:
            # What nearly takes too long is tried twice as long at once, or all the patience is spent on such.
            for length in (size, 2 * size):
                text = f"{before}{repeated * (length // len(repeated))}{end}"
                limit = max(SHORTEST, TIMES * of_one * len(text) ** 2)
                seconds = limited(expression, text, limit)
                if seconds > limit and limited(expression, text, limit) > limit:
                    return text
                if seconds < NEAR * limit or 2 * size > LONGEST:
                    break
            if time.thread_time() > ends_at:
                return None
    return None


def _seconds_of_square() -> float:
    """Return how long an expression takes on this machine whose time grows with the square, for one character."""
    best = PATIENCE
    for _ in range(3):
        started = time.thread_time()
        _square.search("a" * _SAMPLE)
        best = min(best, time.thread_time() - started)
    return best / _SAMPLE**2


@contextlib.contextmanager
def _limiter() -> Iterator[Callable[[re.Pattern[str], str, float], float] | None]:
    """Yield what searches a text and returns how long that took, of which twice the limit is enough to know.

    Python looks for signals while it searches, but in the main thread only. In others, and where somebody else uses the
    timer, nothing could end a search: None.
    """
    timer, number = signal.ITIMER_VIRTUAL, signal.SIGVTALRM

    def stop(*_: object) -> None:
        raise _StoppedError

    def limited(expression: re.Pattern[str], text: str, limit: float) -> float:
        started = time.thread_time()
        with contextlib.suppress(_StoppedError):
            signal.setitimer(timer, 2 * limit)
            expression.search(text)
            signal.setitimer(timer, 0)
        return time.thread_time() - started

    before = signal.getsignal(number)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or before is None or any(signal.getitimer(timer)):
        yield None
        return
    signal.signal(number, stop)
    try:
        yield limited
    finally:
        with contextlib.suppress(_StoppedError):
            signal.setitimer(timer, 0)
        signal.signal(number, before)


def _tries(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield texts that lead to a repetition, each with what it repeats."""
    literals = dict.fromkeys(_characters + pattern)
    # Private, as Python has no other parser of expressions. Without it, they are tried less well.
    with contextlib.suppress(Exception):
        parsed: Any = importlib.import_module("re._parser").parse(pattern)
        for before, body in dict.fromkeys(_repetitions(parsed, "")):
            yield from ((before, repeated) for repeated in dict.fromkeys((body, *literals)) if repeated)
    for repeated in literals:
        yield "", repeated


def _repetitions(parsed: Any, before: str) -> Iterator[tuple[str, str]]:
    for operation, argument in parsed:
        kind = str(operation)
        inner = _parts(kind, argument)
        if kind.endswith("_REPEAT") and argument[1] >= MANY:
            for example in itertools.chain.from_iterable(_examples(part) for part in inner):
                yield before, example
        for part in inner:
            yield from _repetitions(part, before)
        # What is looked for behind a place is before it.
        behind = argument[1] if kind == "ASSERT" and argument[0] < 0 else [(operation, argument)]
        before += next(_examples(behind), "")


def _parts(kind: str, argument: Any) -> list[Any]:
    """Return the expressions that are in one."""
    if kind == "BRANCH":
        return list(argument[1])
    if kind in {"SUBPATTERN", "MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return [argument[-1]]
    if kind in {"ASSERT", "ASSERT_NOT"}:
        return [argument[1]]
    return [argument] if kind == "ATOMIC_GROUP" else []


def _examples(parsed: Any) -> Iterator[str]:
    """Yield some texts that an expression matches: each alternative of its first branch once."""
    alternatives = [""]
    for operation, argument in parsed:
        kind = str(operation)
        several: list[str]
        if kind == "LITERAL":
            several = [chr(argument)]
        elif kind in {"NOT_LITERAL", "ANY"}:
            several = ["b" if argument == ord("a") else "a"]
        elif kind == "IN":
            several = [_member(argument)]
        elif kind.endswith("_REPEAT"):
            times = max(argument[0], 1)
            several = [example * min(times, LONGEST // 10) for example in _examples(argument[-1])]
        elif kind in {"SUBPATTERN", "ATOMIC_GROUP", "BRANCH"}:
            several = [example for part in _parts(kind, argument) for example in _examples(part)]
        else:
            several = [""]
        alternatives = [(text + other)[:LONGEST] for text in alternatives for other in several][:MANY]
    yield from alternatives


def _member(members: Any) -> str:
    """Return a character of a set."""
    excluded = str(members[0][0]) == "NEGATE"
    for kind, argument in ((str(operation), argument) for operation, argument in members):
        if kind == "LITERAL" and not excluded:
            return chr(argument)
        if kind == "RANGE" and not excluded:
            return chr(argument[0])
        if kind == "CATEGORY" and not excluded:
            return {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(str(argument), "-")
    literals = {chr(argument) for operation, argument in members[1:] if str(operation) == "LITERAL"}
    return next((character for character in _characters if character not in literals), "\x7f")
