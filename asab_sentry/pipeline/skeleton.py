"""What is left of a text without what differs from one time to the next."""

from ..runtime.expressions import compile_later

MAX_TEXT = 1000
"""So much of a text is looked at, in characters."""

GAP = "*"
"""What stands for that which was taken out."""

_steps = (
    # Quotes, apart from apostrophes, with the letter of a repr.
    ("'", compile_later(r"(?<!\w)'[^']*+'(?!\w)|\bb'[^']*+'(?!\w)")),
    ('"', compile_later(r'(?<!\w)"(?>(?:[^"\\]|\\.)*)"(?!\w)|\bb"(?>(?:[^"\\]|\\.)*)"(?!\w)')),
    ("`", compile_later(r"`[^`]*+`")),
    ("://", compile_later(r"\b\w++://[^\s<>]++")),
    ("@", compile_later(r"(?<![\w.+-])[\w.+-]++@[\w.-]++")),
    ("\\", compile_later(r"(?<!\w)[A-Za-z]:\\[^\s\"'<>|]*+")),
    # Absolute paths: `I/O` and `read/write` are words.
    ("~/", compile_later(r"(?<![\w.~/])~/[\w./-]*+")),
    (
        "/",
        compile_later(r"(?<![\w.])/[\w.-]++/[\w./-]*+(?:\?[^\s\"'<>()]*+)?|(?<![^\s=:(\[])/[\w.-]{2,}+(?!/)"),
    ),
    (": /", compile_later(r"(?<=: )/(?=[\s,;)]|\Z)")),
    # Files in folders.
    ("/", compile_later(r"(?<![\w./-])(?>(?:[\w-][\w.-]*+/)+)[\w-]++\.[A-Za-z]\w{0,4}\b")),
    # Addresses of networks, parts of which have no digit.
    ("::", compile_later(r"(?<![\w:.])(?=[0-9A-Fa-f:]*\d)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")),
    # Hosts of any name, as those of containers, by their port; lines of files are none.
    (":", compile_later(r"(?<![\w.:-])[A-Za-z][\w.-]*+(?<!\.py)(?<!\.js)(?<!\.go)(?<!\.c):\d{4,5}(?![\w:]|\.\w)")),
    ("host ", compile_later(r"(?<=host )[A-Za-z][\w.-]*+:\d{1,5}(?![\w:])")),
    # What Python shows of values that are no numbers, where one may be.
    ("None", compile_later(r"(?<=[ =:(\[,])None(?=[\s,;:)\]}.]|\Z)(?! of\b)")),
    ("=", compile_later(r"(?<=[=])(?:True|False)\b")),
    ("n", compile_later(r"(?<=[ =:(\[,])-?(?:nan|inf)(?=[\s,;:)\]}.]|\Z)")),
    # Whatever has a digit in it: numbers, ids, addresses, moments.
    ("", compile_later(r"(?<![\w-])[^\W\d]*+(?>(?:-[^\W\d]*+)*)\d(?<!\[Errno \d)[\w-]*+")),
    # Units of time, of size and of money, of which one or another fits.
    (
        GAP,
        compile_later(
            r"\* ?(?:[nµumM]?s|secs?|seconds?|mins?|minutes?|h|hours?|d|days?|[kKMGTP]?i?B|bytes?|%|"
            r"[\u20ac\u00a3\u00a5]|CHF|CZK|EUR|GBP|JPY|K\u010d|PLN|USD)(?![\w%*])|[$\u20ac\u00a3\u00a5]\*"
        ),
    ),
)
# What a message tells that is JSON, or shown as a dict.
_event = compile_later(r"[\"'](?:event|message|msg)[\"']: ?[\"']([^\"'\\]{4,})[\"']")
# Values of fields, but for what has happened.
_fields = compile_later(
    r"(?<![\w.-])(?!(?:action|cause|code|err|errno|error|event|exception|kind|level|message|method|msg|op|operation|phase|"
    r"reason|result|signal|state|status|step|type)=)([A-Za-z_][\w.-]*+)=(?![<*])[^\s,;)\]}>&]++"
)
# Days and months before a number.
_calendar = compile_later(
    r"\b(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?|Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|"
    r"Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?),?(?= \*)"
)
_device = compile_later(r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![\w:])")
# Names of hosts, by how they end; with most ends one of two words may also be a module or a file.
_ENDS = "net|io|dev|cloud|local|internal|lan|corp|cz|de|eu|uk|sk|pl"
_end_of_host = compile_later(rf"\.(?:com|org|{_ENDS})(?![\w-]|\.\w)")
_host = compile_later(
    r"(?<![\w.@-])(?:\*\.)?(?:(?>(?:[\w-]++\.(?=\w))+)(?:com|org)|"
    rf"(?>(?:[\w-]++\.(?=\w)){{2,}})(?:{_ENDS}))(?![\w-]|\.\w)(?::\d++)?"
)
_quoted = compile_later(
    "[\u201c\u201e\u00ab][^\u201c\u201d\u00bb]*+[\u201c\u201d\u00bb]|\u201a[^\u2018\u2019]*+[\u2018\u2019]|\u2039[^\u203a]*+\u203a|"
    "[\u300c\u300e][^\u300d\u300f]*+[\u300d\u300f]"
)
# Lists and dicts of what was taken out, of which one may be empty.
_collections = compile_later(r"(?<![^\s=:(*])(?!\{\})[\[{][\s*,:()\[\]{}-]{0,60}(?<=[\]}])(?![\w\[({])")
_word = compile_later(r"\w")
_gaps = compile_later(r"\*(?>(?:[\s.,:;/=+-]*+\*)+)")


def skeleton(text: str) -> str:
    """Return a text without numbers and their units, addresses, hosts, ids and quoted values."""
    # Lines stay lines: by them it is known what stands below the name of a secret.
    text = "\n".join(" ".join(line.split()) for line in text[:MAX_TEXT].splitlines() if line and not line.isspace())
    event = _event.search(text) if text[:1] == "{" else None
    if event is not None:
        text = event[1]
    if not text.isascii():
        text = _quoted.sub(GAP, text)
    if text.count(":") >= 5:
        text = _device.sub(GAP, text)
    if "." in text and _end_of_host.search(text):
        text = _host.sub(GAP, text)
    if "=" in text:
        text = _fields.sub(rf"\1={GAP}", text)
    for sign, differs in _steps:
        if sign in text:
            text = differs.sub(GAP, text)
    if GAP in text:
        text = _calendar.sub(GAP, _calendar.sub(GAP, text))
    text = _gaps.sub(GAP, text)
    if ("]" in text or "}" in text) and _word.search(text) is not None:
        text = _gaps.sub(GAP, _collections.sub(GAP, text))
    return text
