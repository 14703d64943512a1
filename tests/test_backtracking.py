"""Regular expressions of an operator that would take too long are known before they meet a text."""

import signal
import threading

import pytest

from asab_sentry.config import backtracking, option_types
from asab_sentry.config.kind import Reason

SLOW = [
    *("(a+)+$", "(a|a)*b", r"^x(\w+\s?)*$", r"CUST-(\d+)+x", "(.*)*x", "((a+)+)+b", "(.*a){12}b", "([a-z]+)*@"),
    *("(x+x+)+y", "((ab)*)*c", r"(?:(?:\d+-?)+)z", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(?i)iban(\s*\w+)*;", "(a?){30}b"),
    *(r"SN-(?:[0-9A-F]{1,4}:?)*-x", "c(a+)*(?<=b)", "(?P<x>é+)+b", "(?P<q>a+)+(?P=q)b", "(x)?((?(1)a+|b+))+c"),
    *("(?=(a+)+b)c", "(?!(a+)+b)c", "(?<=x)(a+)+b", "(a{1,20}){1,20}b", "(a|ab|b)*c", "(.+)+$", "(?>(a+)+b)"),
    *(r"\d+\d+\d+$", r"\w*\w*\w*\w*!", r"\w+\w+x", "^(?:ab?)*(?:ab?)*(?:ab?)*c", "(a|a){30}b(c+)+d"),
    f"({'|'.join('a' * 16)})*b",
]
LATE = [".{50}(a+)+b", ".{500}(a|a|a)*b"]
FINE = [
    *(r"\d{6}/\d{3,4}", r"CUST-\d+", r"\S+@\S+", r"[\w.+-]+@[\w-]+\.[\w.]+", r"(?:\d{3}-){2}\d{4}", "(a++)+b"),
    *(r"[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}", r"(?<=id=)\w+", "(foo|bar)+", r"x.*y", r"(?:[a-z]+\.)+example\.com"),
    *("(?>a+)+b", r"(\w)\1+", "[^a]", "[a-]", r"[^\s]", "(?!x)y", "a{1,65000}b", "(?:a{10}){10}", "(x)?(?(1)a+|b+)c"),
    *(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", r"(?:4\d{3}|5[1-5]\d{2})(?:[\s-]?\d{4}){3}", r"<email>.*?</email>"),
    *(
        r"(?:\w+,)*\w+;",
        r'"name":\s*"[^"]*"',
        r"[A-Za-z0-9+/]{40,}={0,2}",
        r"(?:[A-Z][a-z]+\s){2,3}born",
        "(0|[0-9])*x",
    ),
]


@pytest.mark.parametrize("pattern", [*SLOW, *LATE])
def test_slow(pattern: str) -> None:
    """An expression whose time doubles with each character, or grows with the cube of the text, is refused."""
    text = backtracking.slow_text(pattern)
    assert text is not None
    assert len(text) <= 2 * backtracking.LONGEST


@pytest.mark.parametrize("pattern", FINE)
def test_fine(pattern: str) -> None:
    """What takes a time that grows with the text, or with its square, is accepted."""
    assert backtracking.slow_text(pattern) is None


def test_option() -> None:
    """One sentence says of an option which expression takes too long, and what to do."""
    with pytest.raises(Reason, match=r"^'\(a\+\)\+x' takes too long for 'a+.*' and so on, of \d+ characters: nest"):
        option_types.FILTERS.parse(r"fine (a+)+x \d+")


def test_timer_is_left_as_it_was() -> None:
    """The timer that stops a search, and the handler of its signal, are afterwards what they were before."""
    before = signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
    try:
        assert backtracking.slow_text("(a+)+b") is not None
        assert signal.getsignal(signal.SIGVTALRM) is signal.SIG_IGN
        assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    finally:
        signal.signal(signal.SIGVTALRM, before)


def test_timer_of_somebody_else() -> None:
    """The timer of somebody else goes on; what nothing could end is not tried."""
    before = signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_VIRTUAL, 500)
    try:
        assert backtracking.slow_text("(a+)+b") is None
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 400
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_other_thread() -> None:
    """In a thread that no signal reaches nothing could end a try, and so there is none."""
    texts: list[str | None] = []
    thread = threading.Thread(target=lambda: texts.extend(map(backtracking.slow_text, SLOW)))
    thread.start()
    thread.join()
    assert texts == [None] * len(SLOW)


def test_without_a_parser(monkeypatch) -> None:
    """Where an expression cannot be parsed it is tried on what can be guessed."""
    monkeypatch.setattr(backtracking.importlib, "import_module", lambda _: None)
    assert backtracking.slow_text("(a+)+$") is not None
    assert backtracking.slow_text("CUST-[0-9]{3}") is None
