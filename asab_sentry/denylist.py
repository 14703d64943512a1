"""Which keys name a secret or something personal: one rule for everything that has keys.

A key is read as words: `dbPassword` and `DB_PASSWORD` are `db password`. It names a secret when one of its words does,
or ends as one does (`accesstoken`), or two of them together (`api key`), unless its last word tells that the value is
something about the secret (`token_count`).
"""

import itertools
import re
from collections.abc import Iterable

FILTERED = "[Filtered]"

MAX_KNOWN = 4096
MAX_KEY = 200


def listed(text: str, separator: str | None = None) -> frozenset[str]:
    """Return the words of a text that lists them."""
    return frozenset(text.split(separator))


ENDINGS = ("password", "passwd", "passphrase", "secret", "token", "apikey", "cookie", "credential", "privatekey")
"""A word that ends so names a secret."""

WORDS = listed("auth authorization csrf jwt otp pass pwd session sessionid xsrf phpsessid")
"""Words that name a secret as a whole only: `author` and `passenger` are others."""

PAIRS = frozenset(
    f"{first} {second}"
    for second, before in {
        "key": "access account api encryption host license master private secret shared signing ssh storage",
        "id": "session sess",
        "sid": "connect",
        "string": "connection",
    }.items()
    for first in before.split()
)
"""Words that name a secret only together."""

ABOUT = listed(
    "age algorithm at backend class count dir directory enabled endpoint expires expiration expiry exp file hint "
    "host id issuer length len limit lifetime max method min mode name path policy port provider required server "
    "size sock status timeout ttl type uri url used valid validity version"
)
"""Last words by which a key tells something about a secret. (`id` is no such word after `session`.)"""

PERSONAL = listed(
    "client address, client ip, client host, remote ip, remote host, remote address, peer ip, forwarded, "
    "forwarded for, x client ip, cf connecting ip, true client ip, user ip, ip address, source address, network "
    "peer address, x forwarded for, x real ip, remote addr",
    ", ",
)
"""Keys that end so name the address of a client. The access log of ASAB has two more: `I` and `Ix`."""

WHOLE = frozenset({"aiohttp session", "connect sid", "csrftoken", "symfony", "x csrftoken"})
"""Keys that name a secret as they are, beside those above: of the lists of sentry-sdk 2."""

ARGUMENTS = frozenset({"sys argv", "argv", "process command args", "process command line"})
"""Keys of process arguments: sentry-sdk's, and those of OpenTelemetry."""

_ACCESS_LOG = frozenset({"I", "Ix"})
_words = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def words(key: str) -> list[str]:
    """Return the words of a key, in lower case."""
    return [word.lower() for word in _words.findall(key[:MAX_KEY])]


_PERSONAL_ENDINGS = tuple(f" {name} " for name in PERSONAL)


class Keys:
    """The rule, with what an operator adds to it (`denylist`) or takes from it (`allowlist`).

    Both are lists of keys, of which the words count: a key is meant when its words are among the key's, in this order.
    """

    def __init__(
        self, denylist: Iterable[str] = (), allowlist: Iterable[str] = (), *, send_default_pii: bool = False
    ) -> None:
        self._denied = tuple(f" {' '.join(words(key))} " for key in denylist)
        self._allowed = tuple(f" {' '.join(words(key))} " for key in allowlist)
        self._personal = not send_default_pii
        self._known: dict[str, bool] = {}

    def is_secret(self, key: str) -> bool:
        """Return whether the value of a key is not to be shown."""
        known = self._known.get(key)
        if known is None:
            known = self._decide(key)
            if len(key) <= MAX_KEY:
                if len(self._known) >= MAX_KNOWN:
                    self._known.clear()
                self._known[key] = known
        return known

    def _decide(self, key: str) -> bool:
        parts = words(key)
        if not parts:
            return False
        whole = " ".join(parts)
        padded = f" {whole} "
        if any(allowed in padded for allowed in self._allowed):
            return False
        if any(denied in padded for denied in self._denied) or (self._personal and _is_personal(key, padded)):
            return True
        if whole in WHOLE or whole in ARGUMENTS:
            return True
        pairs = [f"{one} {other}" for one, other in itertools.pairwise(parts)]
        if parts[-1] in ABOUT and not (pairs and pairs[-1] in PAIRS):
            return False
        return any(pair in PAIRS for pair in pairs) or any(_is_secret_word(part) for part in parts)


def _is_personal(key: str, padded: str) -> bool:
    return key in _ACCESS_LOG or padded.endswith(_PERSONAL_ENDINGS)


def _is_secret_word(word: str) -> bool:
    return word in WORDS or word.removesuffix("s").endswith(ENDINGS)


_keys = Keys()


def use(keys: Keys) -> None:
    """Let `is_secret` follow this rule from now on."""
    global _keys  # noqa: PLW0603  # there is one client in a process, and everything that shows a value asks
    _keys = keys


def is_secret(key: str) -> bool:
    """Return whether the value of a key is not to be shown."""
    return _keys.is_secret(key)


EXAMPLES = {
    "secret": (
        listed(
            "password client_secret X-Auth-Token dbPassword apiKey API_KEY APIKey accesstoken auth Cookie Set-Cookie "
            "Proxy-Authorization aws_secret_access_key privateKey passwords user_session session_id connect.sid "
            "PHPSESSID mysql_pwd id_token jwt connectionString password2 tokens SigningKey"
        ),
        listed(
            "author authority authentic authenticated passenger compass key keyboard monkey primary_key token_type "
            "public_keys_url session_count tokens_used token_expires_at password_length tokenizer secretary bypass "
            "cookie_name auth_mode order_key identity"
        ),
    ),
    "personal": (
        listed(
            "X-Forwarded-For x_real_ip REMOTE_ADDR client.address user.ip_address I Ix ip_address network.peer.address"
        ),
        listed("i IX ip zip X-Forwarded-Proto address email_address forwarding server.address"),
    ),
    "arguments": (listed("sys.argv process.command_args"), listed("arguments command args")),
}
"""Of each rule, keys whose values it hides and keys whose values it leaves."""
