"""Which keys name a secret."""

import pytest

from asab_sentry.secret_keys import denylist, key_words
from asab_sentry.secret_keys.denylist import Keys

HIDDEN = [(rule, key) for rule, (hidden, _) in denylist.EXAMPLES.items() for key in sorted(hidden)]
LEFT = [(rule, key) for rule, (_, left) in denylist.EXAMPLES.items() for key in sorted(left)]


@pytest.mark.parametrize(("rule", "key"), HIDDEN)
def test_hidden(rule: str, key: str) -> None:
    """The keys that a rule names as examples are hidden; those of a person are not where that is opened."""
    assert Keys().is_secret(key)
    assert Keys(send_default_pii=True).is_secret(key) is (rule != "personal")


@pytest.mark.parametrize(("rule", "key"), LEFT)
def test_left(rule: str, key: str) -> None:
    """The keys that a rule names as others are left."""
    assert not Keys().is_secret(key)


HIDDEN_BY_SENTRY_SDK = """
    password passwd secret api_key apikey auth credentials mysql_pwd privatekey private_key token session csrftoken
    sessionid x_csrftoken x_forwarded_for set_cookie cookie authorization proxy-authorization x_api_key aiohttp_session
    connect.sid csrf_token csrf _csrf _csrf_token PHPSESSID _session symfony user_session _xsrf XSRF-TOKEN
    x_real_ip ip_address remote_addr
"""
"""Both lists of sentry-sdk 2; 3 has none."""


def test_lists_of_sentry_sdk() -> None:
    """What sentry-sdk 2 hides by key is known."""
    scrubber = pytest.importorskip("sentry_sdk.scrubber", reason="gone in sentry-sdk 3")
    assert {*scrubber.DEFAULT_DENYLIST, *scrubber.DEFAULT_PII_DENYLIST} <= {*HIDDEN_BY_SENTRY_SDK.split()}


@pytest.mark.parametrize("key", HIDDEN_BY_SENTRY_SDK.split())
def test_what_sentry_sdk_hides_is_hidden(key: str) -> None:
    """Each key of sentry-sdk's own lists is hidden, in any writing."""
    for written in (key, key.upper(), key.replace("_", "-"), f"My-{key}"):
        assert Keys().is_secret(written) or (written != key and key in {"connect.sid", "symfony"}), written


def test_each_word_has_an_example() -> None:
    """No word, pair or ending is in the rule without being shown by an example, or hiding a key by itself."""
    for word in key_words.ENDINGS | key_words.WORDS | key_words.PAIRS | key_words.ARGUMENTS | key_words.PERSONAL:
        assert Keys().is_secret(word), word
    for word in key_words.ABOUT:
        assert not Keys().is_secret(f"token_{word}"), word


def test_operators_list() -> None:
    """The denylist adds keys by their words, the allowlist takes keys away and holds against it."""
    keys = Keys(["IBAN", "card_holder", "order"], ["session", "order_number"])
    assert all(map(keys.is_secret, ("iban", "customerIban", "cardHolder", "card-holder-name", "order")))
    assert not any(map(keys.is_secret, ("session", "user_session", "order_number", "card", "holder", "libanon")))
    assert keys.is_secret("password")
