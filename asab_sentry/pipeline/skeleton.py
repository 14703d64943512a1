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
    ("\\", re.compile(r"(?<!\w)[A-Za-z]:\\[^\s\"'<>|]++")),
    # Absolute paths of two names and more: `I/O` and `read/write` are words.
    ("/", re.compile(r"(?<![\w.])/[\w.-]++/[\w./-]*+")),
    # Files in folders.
    ("/", re.compile(r"(?<![\w./-])(?:[\w-][\w.-]*+/)++[\w-]++\.[A-Za-z]\w{0,4}\b")),
    # Addresses of networks, parts of which have no digit.
    ("::", re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*\d)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")),
    # Whatever has a digit in it: numbers, ids, addresses, moments.
    ("", re.compile(r"(?<![\w-])[^\W\d]*+(?:-[^\W\d]*+)*+\d[\w-]*+")),
    # Units of time and of size, of which one or another fits.
    (
        GAP,
        re.compile(r"\* ?(?:[nµumM]?s|secs?|seconds?|mins?|minutes?|h|hours?|d|days?|[kKMGTP]?i?B|bytes?|%)(?![\w%*])"),
    ),
)
_device = re.compile(r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![\w:])")
# Names of hosts, by how they end; with most ends one of two words may also be a module or a file.
_ENDS = "net|io|dev|cloud|local|internal|lan|corp|cz|de|eu|uk|sk|pl"
_end_of_host = re.compile(rf"\.(?:com|org|{_ENDS})(?![\w-]|\.\w)")
_host = re.compile(
    r"(?<![\w.@-])(?:(?:[\w-]++\.(?=\w))++(?:com|org)|"
    rf"(?:[\w-]++\.(?=\w)){{2,}}+(?:{_ENDS}))(?![\w-]|\.\w)(?::\d++)?"
)
_quoted = re.compile("[\u201c\u201e\u00ab][^\u201c\u201d\u00bb]*+[\u201c\u201d\u00bb]")
_gaps = re.compile(r"\*(?:[\s.,:;/=+-]*+\*)++")


def skeleton(text: str) -> str:
    """Return a text without numbers and their units, addresses, hosts, ids and quoted values, on one line."""
    text = " ".join(text[:MAX_TEXT].split())
    if not text.isascii():
        text = _quoted.sub(GAP, text)
    if text.count(":") >= 5:
        text = _device.sub(GAP, text)
    if "." in text and _end_of_host.search(text):
        text = _host.sub(GAP, text)
    for sign, differs in _steps:
        if sign in text:
            text = differs.sub(GAP, text)
    return _gaps.sub(GAP, text)
