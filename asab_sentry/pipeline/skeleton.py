"""What is left of a text without what differs from one time to the next."""

import re

MAX_TEXT = 1000
"""So much of a text is looked at, in characters."""

GAP = "*"
"""What stands for that which was taken out."""

_steps = (
    # Quotes, apart from apostrophes, with the letter of a repr.
    ("'", re.compile(r"(?<!\w)'[^']*+'(?!\w)|\bb'[^']*+'(?!\w)")),
    ('"', re.compile(r'(?<!\w)"[^"]*+"(?!\w)|\bb"[^"]*+"(?!\w)')),
    ("`", re.compile(r"`[^`]*+`")),
    ("://", re.compile(r"\b\w++://[^\s<>]++")),
    ("@", re.compile(r"(?<![\w.+-])[\w.+-]++@[\w.-]++")),
    # Absolute paths of two names and more: `I/O` and `read/write` are words.
    ("/", re.compile(r"(?<![\w.])/[\w.-]++/[\w./-]*+")),
    # Whatever has a digit in it: numbers, ids, addresses, moments.
    ("", re.compile(r"(?<![\w-])[^\W\d]*+(?:-[^\W\d]*+)*+\d[\w-]*+")),
)
_gaps = re.compile(r"\*(?:[\s.,:;/=+-]*+\*)++")


def skeleton(text: str) -> str:
    """Return a text without numbers, addresses, ids and quoted values, on one line."""
    text = " ".join(text[:MAX_TEXT].split())
    for sign, differs in _steps:
        if sign in text:
            text = differs.sub(GAP, text)
    return _gaps.sub(GAP, text)
