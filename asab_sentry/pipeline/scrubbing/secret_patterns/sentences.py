"""What sentences say that a secret is, and whose it is."""

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import dumps, judge
from .extents import Value
from .names import Name
from .rule import Match
from .scan import Scan, Secret

_beside = compile_later(
    r"(?:(?=[\u300c\u300e])|[ \t]+(?:(?:[|\u2502\u2190\u2192\u21d2\u2013\u2014\u2022-]|<-)[ \t]+)?|"
    r"[|~](?=[^\s|~]{4,200}(?:\s|\Z)))"
    r"(?:(?:(?:for|of|für|von|des|pour|para|per|pro|dla|для|de|du|del|di|do) (?:(?:the )?[\w-]{1,20} )?|"
    r"(?:utilizatorului|uživatele|użytkownika|пользователя) )\S{1,60} "
    r"(?=is|was|has|ist|este?|es|è|é|je|to|lautet|bylo|było|wurde))?"
    r"(?:(?:(?:has been |was |is )?(?:changed|set|reset) to|(?:bylo |było |wurde )?(?:změněno na|nastaveno na|"
    r"zmienione na|ustawione na|(?:auf|zu)(?= \S{1,60} (?:geändert|gesetzt)))|is|was|of|to|as|with(?: value)?|"
    r"je|jest|ist|lautet|este?|es|è|é|[0-9])[ \t:]+)?"
    r"(?:[(\[{]?(?=[bBuU]?\\*[\"'])|[(\[<{`\u201c\u2018\u201e\u00ab\u00bb\u300c\u300e]?(?=\w))"
)
_of_somebody = compile_later(
    r"(?:[ \t](?:provided|given|received|supplied|used|value)|"
    r"(?P<state>[ \t](?:[a-z]{2,12}ed|got|sent|found|(?:in)?(?:correct|valid)[aeo]?|incorrecte|incorret[ao]|"
    r"inválid[ao]|errat[ao]|falsch|ungültig|nesprávn[éáý]|neplatn[éáý]|nieprawidłow[aey]))|"
    r"[ \t](?:d[\u2019'](?=\w)|"
    r"(?:for|of|für|pour|para|per|pro|dla|voor|för|для|de|di|do|uživatele|użytkownika|пользователя)"
    r"(?! not\b)(?: [a-z]{2,15})?[ \t])[^\s:=]{1,60}|"
    r"[ \t](?:доступа|dostępu|přístupu)|[ \t]?\([^()\r\n]{1,40}\)|"
    r"\[[^\[\]\r\n]{1,60}\])"
    r"[ \t\u00a0]?(?:[:=]+|->)[ \t]?(?=[\w\"'])"
)
_next_field = compile_later(r"(?<=\S)&[\w.\[\]-]{1,64}=")
_CLOSING = {"\u300c": "\u300d", "\u300e": "\u300f", "\u00bb": "\u00ab", "\u00ab": "\u00bb", "\u201c": "\u201d"}
_announced = compile_later(r"[^:\r\n]{0,60}:(?:\s|\\{1,8}n){1,4}(?=(?P<state>)\w)")  # of Jenkins
_of_digits = compile_later(r"(?i)(?:\A|[^a-z])(?:pin|otp|totp|(?:pass)?code)\Z")
# What is said of a secret before it is shown.
_described = compile_later(
    r"(?:[ \t](?:[a-z]{2,12}ed|too|not|weak|short|long|common|simple|is|was|were|are|has|had|been|be|do|does|did|match|"
    r"equal|by policy|header|field|value|parameter|argument|option|variable|invalid|wrong|incorrect|used|given)){1,5}"
    r"[ \t]?(?:[:=]+[ \t]?|[(\[]{1,2}|[ \t])(?=[\w\"'])"
)
# The same of what names nothing else, in any words but those behind which somebody or something else is told.
_described_freely = compile_later(
    r"(?:[ \t](?!(?:account|as|at|by|called|client|customer|digest|file|fingerprint|for|hash|host|id|in|job|key|name|"
    r"named|node|of|on|order|path|pod|ref|request|server|session|task|tenant|thumbprint|to|user|uuid|version|volume|"
    r"with)\b)[a-z]{2,15},?){1,5}[ \t]?(?:[:=]+[ \t]?|[(\[]{1,2}|[ \t])(?=[\w\"'])"
)
_OF_CLUSTERS = frozenset({"secret", "secrets", "Secret", "Secrets"})
"""Names of what has a name itself, as in Kubernetes."""
_other = compile_later(r"[\"']?(?: ?[/|,]| and| vs\.?| !=| <>) [\"']?([\w+=.~-]{8,200})")
_digits = compile_later(r"[\"']?(\d{4,8}(?:[ -]\d{3,8}){0,3})(?=[\"'.,;]?(?:\s|\Z))")
_OF_USERS = frozenset({"credentials", "Credentials", "creds", "Zugangsdaten", "zugangsdaten"})
_CODES = frozenset({" code", "_code", "codes"})
_groups = compile_later(r"(?i)[\"']?((?=[a-z-]{0,30}\d)[a-z\d]{4,8}(?:-[a-z\d]{4,8}){1,5})(?=[\"'.,;]?(?:\s|\Z))")
_of_words = ("phrase", "Phrase", "PHRASE", "mnemonic", "Mnemonic", "MNEMONIC")
_words = compile_later(r"(?: is|:)?[ \t]+[\"']?((?:[a-z]{3,8}[ ,]{1,2}){5,23}[a-z]{3,8})(?![\w-])")
_user_beside = compile_later(r":?[ \t]+[\w.@+-]{1,60}(?: [/|]|[,:])[ \t](?=\S)")
# Two of them, that should be the same.
_compared = compile_later(
    r"(?: mismatch)?[:,]? (?:expected )?[\"']?([\w+/=.-]{8,200})[\"']?,? "
    r"(?:!=|<>|(?:does not|doesn't) match|(?:but )?got|instead of|vs\.?) [\"']?([\w+/=.-]{8,200})"
)
_with_digit = compile_later(r"[^\s\d]+\d\S*(?=[\s,;)]|\Z)")
_last_word = compile_later(r"\w{4,40}(?=[\"'.]?\s*(?:\Z|[\r\n]))")
_space = compile_later(r"[ \t]+")
_login = compile_later(r"(?:login|user|username|account)[ \t]+[\w.@+-]\S{0,99}\s{1,20}\Z")


def whose(text: str, name: Name) -> Match | None:
    """Return what a text tells between a name and the secret: whose it is, or what was done with it."""
    told = _of_somebody.match(text, name.end)
    if told is None and text[max(name.start - 10, 0) : name.start].lower() == "following ":
        told = _announced.match(text, name.end)
    return told


def of_one(scan: Scan, name: Name, told: Match) -> Secret | None:
    """Return what is the secret of somebody or something: `password for joe: x`, `token (2nd): x`.

    Behind what is only said of it, as in `token refreshed: x`, it is one that is written as only secrets are.
    """
    start = told.end()
    value = _value(scan, start)
    if value is None:
        return None
    if told.groupdict().get("state") is not None:
        is_secret = judge.is_unmistakable(scan.text[value.inner_start : value.inner_end])
        return scan.judged(name, start, value, colon=True) if is_secret else None
    code = _code(scan.text, name, start)
    if code is not None:
        return code
    is_secret = value.kind == "quoted" or judge.is_random(scan.text[value.inner_start : value.inner_end])
    is_secret = is_secret or _with_digit.match(scan.text, start) is not None
    # As one answers who is asked.
    is_asked = name.text in {"Password", "Passphrase"} and scan.text[name.start - 1 : name.start] in {"", "\n"}
    is_secret = is_secret or (is_asked and _last_word.match(scan.text, start) is not None)
    return scan.judged(name, start, value, colon=True) if is_secret else None


def _value(scan: Scan, start: int) -> Value | None:
    """Return the value that begins at a place, up to the next field where it is in a form."""
    value = scan.extents.value(start)
    field = _next_field.search(scan.text, start, value.end) if value is not None and value.kind == "bare" else None
    return value._replace(end=field.start(), inner_end=field.start()) if value and field else value


def _code(text: str, name: Name, start: int) -> Secret | None:
    """Return a code of digits that begins at a place, or one of groups of letters and digits."""
    code = _digits.match(text, start) if _of_digits.search(name.text) else None
    if code is None and name.text[-5:].lower() in _CODES:
        code = _groups.match(text, start)
    return Secret(*code.span(1)) if code else None


_changed_said = compile_later(
    r"[ \t](?:was |has been )?(?:changed|rotated|updated|reset)[ \t]from[ \t][\"']?(\S{4,200}?)[\"']?[ \t]to[ \t][\"']?"
    r"([^\s\"']{4,200})"
)


def _several(text: str, name: Name) -> Secret | None:
    """Return the words of a phrase, or two secrets that are compared."""
    words = _words.match(text, name.end) if name.text.endswith(_of_words) else None
    if words is not None and judge.are_no_sentence(words[1]):
        return Secret(*words.span(1))
    changed = _changed_said.match(text, name.end)
    if changed is not None and (judge.is_random(changed[1]) or judge.is_random(changed[2])):
        return Secret(changed.start(1), changed.end(2))
    compared = _compared.match(text, name.end)
    if compared is not None and judge.is_random(compared[1]) and judge.is_random(compared[2]):
        return Secret(compared.start(1), compared.end(2))
    return None


def said(scan: Scan, name: Name) -> Secret | None:
    """Return what a sentence says that a secret is."""
    text, end = scan.text, name.end
    several = dumps.listed(scan, name) or _several(text, name)
    if several is not None:
        return several
    between = _beside.match(text, end)
    value = _value(scan, between.end()) if between else None
    if value is not None and value.kind == "bare" and text[value.start - 1] in _CLOSING:
        close = text.find(_CLOSING[text[value.start - 1]], value.start, value.end)
        value = value if close < 0 else value._replace(end=close, inner_end=close)
    if value is not None and value.kind != "group":
        shown = text[value.inner_start : value.inner_end]
        is_sure = value.kind == "quoted" and name.weight == denylist.SURE
        code = _code(text, name, value.start)
        if code is not None:
            return code
        if not judge.is_slug(shown) and "=" not in shown[:-2] and (is_sure or judge.is_random(shown)):
            return scan.judged(name, end, value, colon=True)
    told = (_user_beside if name.text in _OF_USERS else _described).match(text, end)
    if told is None and name.weight == denylist.SURE and name.text not in _OF_CLUSTERS:
        told = _described_freely.match(text, end)
    if told is not None:
        return _unmistakable(scan, told.end())
    if name.text in {"password", "passwd"} and _login.search(text, max(name.start - 120, 0), name.start):
        space = _space.match(text, end)
        return scan.judged(name, end, scan.extents.value(space.end())) if space else None
    return None


def _unmistakable(scan: Scan, start: int) -> Secret | None:
    """Return a value that is written as only secrets are, with another one that is compared with it."""
    value = scan.extents.value(start)
    if value is None or not judge.is_unmistakable(scan.text[value.inner_start : value.inner_end]):
        return None
    other = _other.match(scan.text, value.inner_end)
    end = other.end() if other is not None and judge.is_unmistakable(other[1]) else value.inner_end
    return Secret(value.inner_start, end)


def behind_user(scan: Scan, name: Name) -> Secret | None:
    """Return what stands behind a user in a sentence about credentials: `credentials joe / x`."""
    user = _user_beside.match(scan.text, name.end)
    return _unmistakable(scan, user.end()) if user else None
