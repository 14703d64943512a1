"""Whether what stands behind the name of a secret can be one: what explains an error is to stay.

A name is not enough. `Token: expired`, `token.py:12` and `password: must be at least 12 characters` name a secret and
hold none: numbers, states, places and sentences are left, all else is hidden.
"""

import re

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED, MAYBE
from .vocabulary import GLUE, SPEECH, STATES, WORDS

LONGEST = 200
"""Longer values are not looked at: they are hidden."""

_MARKS = "\"'`.,;:!?()[]{}<>"

_no_secret = compile_later(
    # Placeholders and what others have masked.
    r"\$\{\w+:\?[^{}]*\}?|[|>][-+\d]{0,2}|!(?:vault|Ref|Sub|GetAtt|env|include|reference)|\$\{?(?:[A-Z_][A-Z0-9_]*|[a-z_]+)\}?|\$\d+|%[sdr]|%\(\w+\)s|\{(?:[a-z_]*|[A-Z_]*|\d)\}|"
    r"\{\{.*\}\}|<[\w .-]+>|:[a-z_]+|@\w+@|\?|%\w+%|\W{0,3}[*•.#·]{3,}\W{0,3}|"
    r"[^\w\s]*(?i:filtered|redacted|masked|hidden|removed|secret|scrubbed|sensitive)[^\w\s]*|"
    r"<set to the key '[\w.-]+' (?:in|of) [\w ]{1,20} '[\w.-]+'>|"
    r"\((?:sensitive|hidden|redacted|masked|known after)[ \w]{0,20}\)|VALUE_SPECIFIED_IN_NO_LOG_PARAMETER|"
    r"HTTP/\d(?:\.\d)?|Optional\.empty|X(?:-[A-Z][a-z]{1,20}){1,4}|"
    # Paths.
    r"(?:/(?:app|apps|bin|conf|config|data|dev|etc|home|lib|mnt|opt|private|proc|root|run|secrets?|srv|sys|tmp|usr|"
    r"Users|var|vault|workspace)/|~/|\.\.?/|[A-Za-z]:\\{1,2}\w)[\w./\\-]*|/(?:app|etc|home|root|run|tmp|usr|var)|"
    r"[\w./~-]*[\w-]\.(?:pem|crt|cer|key|pub|p12|pfx|jks|json|ya?ml|ini|conf|cfg|toml|txt|env|py|pyc|js|ts|log|db)|"
    # What Python shows of an object.
    r"<(?:[\w.]+ )*(?:object|instance|function|method|class|module|coroutine|Task|Future)\b[^=\"]*>|<[\w.]+>|"
    # Code that reads it.
    r"[a-z_][a-z0-9_.]*\((?:[a-z_][a-z0-9_.]*)?\)?|"
    r"(?:Body|Column|Depends|Field|Form|Header|Query|Security|mapped_column)\([a-z_]*(?:=\d{1,6})?\)?|(?:self|cls|os|settings|config|conf|cfg|app|args|opts|options|request|environ|env|process)"
    r"(?:\.\w+){1,4}(?:[\[(][\"']?\w*[\"']?[\])]?)?"
)
_type = compile_later(
    # Of a column, and of a variable.
    r"[A-Za-z]{3,10}\(\d{1,5}(?:,\d{1,3})?\)?|(?:(?:typing|t)\.)?(?:Optional|Union|List|Dict|Tuple|Set|Annotated|"
    r"Literal|Final|ClassVar|Sequence|Iterable|Mapping|Callable|Awaitable|list|dict|tuple|set|type)"
    r"\[[A-Za-z_., |\[\]\"']{0,80}(?:\(\d{0,5}\)?)?"
)
_optional = compile_later(r"Optional\[([a-z]+)\]?")  # as Java shows what it has
_masked = compile_later(r"x{3,}|X{4,}")
_form_of_verb = compile_later(r"[a-z]{3,14}(?:ed|ing|able|ible)", re.ASCII)
_path = compile_later(r"[/~][\w./@+~-]*|[A-Za-z]:\\[\w\\ .~-]*")
_number = compile_later(
    r"[+-]?\d{1,5}(?:[.,]\d{1,9})?(?:[a-zA-Z%]{1,3})?(?:[/:]\d{1,6}){0,3}[:.]?|0x[0-9a-fA-F]{1,16}|"
    r"\d{4}-\d\d-\d\d(?:[T ].*)?|v?\d{1,4}(?:\.\d{1,5}){1,3}"
)
_id = compile_later(r"-?\d{1,19}")
_call = compile_later(
    r"[A-Za-z_][\w.]*\(\)?|(?:Some|Ok|Err)\([A-Za-z]{1,30}\)?|[A-Z]\w*(?:Error|Exception|Warning)\b.*"
)
_word = compile_later(r"[A-Za-z][a-z]*|(?:[A-Z][a-z]+){2,4}|[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)*")
_letters = compile_later(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_mechanism = compile_later(
    r"(?:SCRAM|SASL|HMAC|SHA|MD|AES|RSA|EC|OAUTH|PBKDF|HS|RS|ES)[-_]?[A-Z0-9]*(?:[-_][A-Z0-9]+)*", re.ASCII
)
_part_of_slug = r"(?>(?:[a-z]+|[a-z0-9]{1,4})(?![a-z0-9]))"
_slug = compile_later(rf"{_part_of_slug}(?>(?:[-_.]{_part_of_slug})*)", re.ASCII)
_states = STATES | {"empty", "missing", "required"}
_with_digits = frozenset({"pin", "otp", "totp", "cvv", "cvc", "code", "codes"})
_of_cards = compile_later(r"(?i:cv[cv]2?)\Z")
_state = compile_later(r"[a-z_]+=([a-z]+)")
_VERBS = frozenset({"has", "is", "was", "are", "must", "cannot", "can't", "does", "doesn't", "should", "may"})
_separators = compile_later(r"[/\\ ]")
_parts = re.compile(r"\w+").findall
_date = compile_later(r"\d{4}-\d\d-\d\d")


def is_harmless(value: str) -> bool:
    """Return whether a text is what no secret is, whatever its name says: a word, a placeholder, a path."""
    if len(value) > LONGEST:
        return False
    bare = value.strip(_MARKS).rstrip(": ")  # as a prompt ends
    if value.isalnum():
        return value.lower() in WORDS or _masked.fullmatch(value) is not None
    if not bare or bare.lower() in WORDS or value.rstrip() == FILTERED or _no_secret.fullmatch(value):
        return not _has_random_part(value)
    if _type.fullmatch(value) is None or any(map(_is_mixed, _parts(value))):
        return False
    optional = _optional.fullmatch(value)
    return optional is None or optional[1] in WORDS


def _has_random_part(value: str) -> bool:
    """Return whether what is written as a path may be a secret that only begins as one."""
    return len(value) > 8 and any(_is_mixed(part.strip(_MARKS)) for part in _separators.split(value))


def can_be_secret(name: str, weight: int, value: str, *, quoted: bool, colon: bool, rest: str = "") -> bool:
    """Return whether a value can be a secret.

    `weight` is that of the name (`denylist`), `colon` whether a colon stands between them, as it does in prose, and
    `rest` what follows on the line.
    """
    if len(value) > LONGEST:
        return True
    value = value.removesuffix(CUT)
    if is_harmless(value):
        return False
    bare = value.strip(_MARKS)
    is_other = (
        (len(bare) <= 3 and bare.isdigit() and not (len(bare) == 3 and _of_cards.search(name)))
        or (name[-5:].lower().strip("_-. ").rpartition("_")[2] in _with_digits and bare.islower() and bare.isalpha())
        or ((bare.isalpha() or "_" in bare) and _is_said_of(name.lower(), bare, colon=colon or weight == MAYBE))
        or (value[0] in "/~" and name.lower() in {"pwd", "oldpwd"} and _path.fullmatch(value))
        or (weight == MAYBE and _is_something_else(name, value, bare, quoted=quoted, colon=colon))
        or (colon and name[-1] in "sS" and _is_name(bare))
        or (colon and _is_prose(value, weight, quoted=quoted, rest=rest))
    )
    return not is_other


def _is_name(word: str) -> bool:
    """Return whether a word is the name of a secret, as in a list of them."""
    return "_" in word and word.replace("_", "").isalpha() and denylist.is_secret(word)


def _is_said_of(name: str, word: str, *, colon: bool) -> bool:
    """Return whether a word is the name again, as in `password=password` and `--token TOKEN`, or says what it is."""
    lower = word.lower()
    if lower in name or (word.isupper() and lower.replace("_", "") in name.replace("_", "")):
        return True
    return colon and _form_of_verb.fullmatch(lower) is not None


def _is_something_else(name: str, value: str, bare: str, *, quoted: bool, colon: bool) -> bool:
    """Return whether a value is none of a word that also means something else, as the token of a parser."""
    state = _state.fullmatch(value)
    if state is not None and state[1] in WORDS:
        return True
    if (len(value) < 5 and quoted) or _number.fullmatch(value) or _mechanism.fullmatch(value) or _call.fullmatch(value):
        return True
    if name[-2:].lower() == "id" and _id.fullmatch(value):  # those of sessions of ZooKeeper
        return True
    return colon and not quoted and len(value) <= 24 and _word.fullmatch(bare) is not None


def _is_prose(value: str, weight: int, *, quoted: bool, rest: str) -> bool:
    """Return whether a sentence begins with a value, or is one."""
    text = value if quoted else f"{value} {rest[:80]}"
    words = [word.strip(_MARKS).lower() for word in text.split(None, 9)[:9]]
    if len(words) < 2 or _letters.fullmatch(words[0]) is None:
        return False
    glue = len(GLUE.intersection(words))
    if quoted:
        is_said = len(words) >= 3 and glue >= 1 and not (SPEECH | STATES).isdisjoint(set(words) - GLUE)
        is_said = is_said or words[0] in _VERBS or (glue >= 2 and value[0].isupper() and value[-1] == ".")
        return is_said and not any(map(is_random, text.split(None, 9)[:9]))
    return glue >= 2 or words[0] in WORDS or (weight == MAYBE and words[1].isalpha())


def is_unmistakable(value: str) -> bool:
    """Return whether a text is written as only secrets are, not as words with dashes: it is one anywhere."""
    return is_random(value) and not is_slug(value)


def is_of_state(name: str) -> bool:
    """Return whether a name tells of a state of a secret, as those of errors do: `InvalidPassword`."""
    return not _states.isdisjoint(denylist.words_of_key(name))


def are_no_sentence(text: str) -> bool:
    """Return whether none of the words of a text is one by which sentences are known."""
    return WORDS.isdisjoint(text.lower().replace(",", " ").split())


def is_slug(value: str) -> bool:
    """Return whether a value is written as names of resources are: short words in lower case with dashes."""
    return _slug.fullmatch(value) is not None


def is_object(text: str) -> bool:
    """Return whether a text in angle brackets is what Python shows of an object, or a placeholder."""
    if _no_secret.fullmatch(text) or re.fullmatch(r"<[\w .:-]+>", text):
        return not _has_random_part(text)
    return False


def is_random(value: str) -> bool:
    """Return whether a word is written as only secrets and ids are: letters and digits mixed, or both cases."""
    bare = value[:LONGEST].strip(_MARKS)
    return _is_mixed(bare) and not is_harmless(bare)


def _is_mixed(word: str) -> bool:
    if word.isalpha() and len(word) < 32:  # most are
        return len(word) >= 16 and not (word.islower() or word.istitle() or word.isupper())
    if len(word) >= 32 and word.isalnum():
        return True
    if len(word) < 8 or _number.fullmatch(word) or _date.match(word):
        return False
    if any(map(str.isdigit, word)):
        return any(map(str.isalpha, word))
    return len(word) >= 16 and word.isalnum() and not (word.islower() or word.istitle() or word.isupper())
