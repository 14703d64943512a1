"""Which keys name a secret or something personal: one rule for everything that has keys.

A key is read as words: `dbPassword` and `DB_PASSWORD` are `db password`. It names a secret when one of its words does,
or ends as one does (`accesstoken`), or two of them together (`api key`), unless its last word tells that the value is
something about the secret (`token_count`).
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from . import look_alikes
from .key_words import (
    ABOUT,
    ARGUMENTS,
    ENDINGS,
    LOOSE,
    LOOSE_ENDINGS,
    LOOSE_PAIRS,
    OTHERS,
    PAIRS,
    PERSONAL,
    WHOLE,
    WORDS,
    words_of,
)
from .rarest_letters import finder

FILTERED = "[Filtered]"

MAX_KNOWN = 4096
MAX_KEY = 200

MAYBE = 1
SURE = 2

SMALL = 100_000
"""A smaller number is that of something, as tokens, where its key may name something else than a secret."""

NAMES = ENDINGS | WORDS | PAIRS | ARGUMENTS | WHOLE

_ACCESS_LOG = frozenset({"I", "Ix"})
_PERSONAL_ENDINGS = tuple(f" {name} " for name in PERSONAL)
_ENDINGS, _LOOSE_ENDINGS = tuple(ENDINGS), tuple(LOOSE_ENDINGS)
# Letters that are not of English count as small ones.
_words = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|[0-9]+")

_path = re.compile(
    r"(?:/(?:app|apps|bin|conf|config|data|dev|etc|home|lib|mnt|opt|private|proc|root|run|secrets?|srv|sys|tmp|usr|Users"
    r"|var|vault|workspace)|~|\.\.?)(?:/[\w.-]*)+"
)
_mixed = re.compile(r"\d[A-Za-z]|[A-Za-z]\d|[a-z][A-Z]")
LONG_PART = 9
"""A part of a path that is as long as this and has letters and digits, or both cases, may be a secret."""


def words_of_key(key: str) -> list[str]:
    """Return the words of a key, in lower case."""
    if not key.isascii():
        key = look_alikes.plain(key)
    return [word.lower() for word in _words.findall(key[:MAX_KEY])]


class Keys:
    """The rule, with what an operator adds to it (`denylist`) or takes from it (`allowlist`).

    Both are lists of keys, of which the words count: a key is meant when its words are among the key's, in this order.
    """

    def __init__(
        self, denylist: Iterable[str] = (), allowlist: Iterable[str] = (), *, send_default_pii: bool = False
    ) -> None:
        self._denied = tuple(f" {' '.join(words_of_key(key))} " for key in denylist)
        self._allowed = tuple(f" {' '.join(words_of_key(key))} " for key in allowlist)
        self._personal = not send_default_pii
        self._known = functools.lru_cache(MAX_KNOWN)(self._decide)
        self.harmless: set[str] = set()
        """Keys that name no secret, as far as somebody has asked for them."""
        self._finder: Callable[[str], Iterator[re.Match[str]]] | None = None

    def is_secret(self, key: str) -> bool:
        """Return whether the value of a key is not to be shown."""
        return self.weight(key) > 0

    def weight(self, key: str) -> int:
        """Return whether a key names a secret: `SURE`, `MAYBE` if other things are called so, too, or 0."""
        return (self._known if len(key) <= MAX_KEY else self._decide)(key)

    def is_harmless(self, key: str) -> bool:
        """Return whether a key names no secret; remember it, if so."""
        if self.weight(key):
            return False
        if len(self.harmless) >= MAX_KNOWN:
            self.harmless.clear()
        if len(key) <= MAX_KEY:
            self.harmless.add(key)
        return True

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Yield where a text in lower case may have the name of a secret: a part of it, or of a word beside it."""
        if self._finder is None:  # made when it is needed, as that takes a good part of a start
            self._finder = finder({*NAMES, *map(str.strip, self._denied), *(PERSONAL if self._personal else ())})
        return self._finder(text)

    def _decide(self, key: str) -> int:
        parts = words_of_key(key)
        padded = f" {' '.join(parts)} "
        if not parts or any(allowed in padded for allowed in self._allowed):
            return 0
        if any(denied in padded for denied in self._denied) or (self._personal and _is_personal(key, padded)):
            return SURE
        return SURE if padded.strip() in ARGUMENTS else _weight_of_words(parts)


def _weight_of_words(parts: list[str]) -> int:
    # A number may stand between them: `AES256_KEY`.
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(part for part in parts if not part.isdigit())]
    last = pairs[-1] if pairs else ""
    if " ".join(parts) in WHOLE:
        return MAYBE
    if parts[-1] == "bytes" and len(parts) > 1 and _weight_of_words(parts[:-1]) == SURE:
        return MAYBE  # the secret itself, or how long it is
    if last in OTHERS or (parts[-1] in ABOUT and last not in PAIRS):
        return 0
    if any((pair in PAIRS or pair.removesuffix("s") in PAIRS) and pair not in LOOSE_PAIRS for pair in pairs):
        return SURE
    secret = list(filter(_is_secret_word, parts))
    if parts[-1] == "pass" and last.replace(" ", "") in WORDS:
        secret.append(last.replace(" ", ""))  # `mysql_pass` is `mysqlpass`
    if not secret:
        return 0
    return MAYBE if all(map(_is_loose, secret)) else SURE


def _is_personal(key: str, padded: str) -> bool:
    return key in _ACCESS_LOG or padded.endswith(_PERSONAL_ENDINGS)


def _is_loose(word: str) -> bool:
    return word in LOOSE or word.removesuffix("s").endswith(_LOOSE_ENDINGS)


def _is_secret_word(word: str) -> bool:
    return word in WORDS or word.endswith(_ENDINGS) or (word[-1] == "s" and word[:-1].endswith(_ENDINGS))


_keys = Keys()


def use(keys: Keys) -> None:
    """Let `is_secret` follow this rule from now on."""
    global _keys  # noqa: PLW0603  # there is one client in a process, and everything that shows a value asks
    _keys = keys


def is_secret(key: str) -> bool:
    """Return whether the value of a key is not to be shown."""
    return _keys.weight(key) > 0


def weight(key: str) -> int:
    """Return what `Keys.weight` says of a key."""
    return _keys.weight(key)


def harmless() -> set[str]:
    """Return keys that are known to name no secret: to look there is a fraction of what it takes to ask."""
    return _keys.harmless


def is_harmless(key: str) -> bool:
    """Return whether a key names no secret."""
    return _keys.is_harmless(key)


def find(text: str) -> Iterator[re.Match[str]]:
    """Yield where a text in lower case may have the name of a secret."""
    return _keys.find(text)


def is_small(value: object) -> bool:
    """Return whether a value is a number that counts something."""
    return (type(value) is int or type(value) is float) and -SMALL < value < SMALL


def is_path(value: object) -> bool:
    """Return whether a value is the path of a file or folder: in one of the places where those are, and readable."""
    if type(value) is not str or len(value) > MAX_KEY or _path.fullmatch(value) is None:
        return False
    return not any(len(part) >= LONG_PART and _mixed.search(part) for part in value.split("/"))


EXAMPLES = {
    "secret": (
        words_of(
            "password client_secret X-Auth-Token dbPassword apiKey API_KEY APIKey accesstoken auth Cookie Set-Cookie "
            "Proxy-Authorization aws_secret_access_key privateKey passwords user_session session_id connect.sid "
            "PHPSESSID mysql_pwd id_token jwt connectionString password2 tokens SigningKey password_bytes "
            "AES256_KEY passwrod genieKey device_code preshared "
            "数据库密码 비밀번호 секретный_ключ clave_api geslo snmpCommunity"
        ),
        words_of(
            "author authority authentic authenticated passenger compass key keyboard monkey primary_key token_type "
            "public_keys_url session_count tokens_used token_expires_at password_length tokenizer secretary bypass "
            "cookie_name auth_mode order_key identity password_stdin"
        ),
    ),
    "personal": (
        words_of(
            "X-Forwarded-For x_real_ip REMOTE_ADDR client.address user.ip_address I Ix ip_address network.peer.address"
        ),
        words_of("i IX ip zip X-Forwarded-Proto address email_address forwarding server.address"),
    ),
    "arguments": (words_of("sys.argv process.command_args"), words_of("arguments command args")),
}
"""Of each rule, keys whose values it hides and keys whose values it leaves."""
