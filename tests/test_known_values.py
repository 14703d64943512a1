"""Secrets by their value: what the configuration and the environment hold."""

import configparser
import itertools
import threading

import pytest

from asab_sentry.pipeline.scrubbing import known_values
from asab_sentry.pipeline.scrubbing.finder import LARGEST_STEP, Finder
from asab_sentry.pipeline.scrubbing.known_values import Held
from asab_sentry.secret_keys.denylist import Keys

INI = """
[passwords]
kafka=swordfish-1
note=tiny

[connection]
user=shop-user
password=${passwords:kafka}
api_key=k3y-0123456789  # of the staging system
uri=mongodb://app:p%40ss-word@db.example.com:27017/shop
token=localhost
broken_secret=${nothing:here}
"""


def configuration(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
    parser.read_string(text)
    return parser


def known(ini: str = INI, environ: dict[str, str] | None = None, dsn: str = "") -> Held:
    return Held(configuration(ini), environ or {}, Keys(), dsn)


@pytest.mark.parametrize("value", known_values.EXAMPLES["hidden"])
def test_worth(value: str) -> None:
    """A value that is no common word, number or path is hidden wherever it stands."""
    assert known_values.is_worth(value)
    assert known(f"[a]\npassword={value}\n").clean(f"x{value}x") == "x[Filtered]x"


@pytest.mark.parametrize("value", known_values.EXAMPLES["left"])
def test_not_worth(value: str) -> None:
    """A value that is short, common, a small number or a path is left."""
    assert not known_values.is_worth(value)
    assert known(f"[a]\npassword={value}\n").clean(f"x{value}x") == f"x{value}x"


def test_common_words_are_what_would_be_hidden() -> None:
    """Each common word is long enough to be hidden, were it not in the list."""
    assert min(map(len, known_values.COMMON)) >= known_values.SHORTEST - 2
    assert not any(map(known_values.is_worth, known_values.COMMON))


def test_configuration() -> None:
    """Known are the section [passwords], options whose key names a secret, and passwords in URLs; nothing else is."""
    values = known()
    text = "swordfish-1 tiny shop-user k3y-0123456789 p%40ss-word p@ss-word db.example.com localhost"
    assert values.clean(text) == ("[Filtered] tiny shop-user [Filtered] [Filtered] [Filtered] db.example.com localhost")


def test_sections_of_credentials() -> None:
    """Of a section that may hold one secret beside the other, what is written as only secrets are is known."""
    values = known(
        "[shop:credentials]\nuser=shop-user\nshop=0f5a9c77ab\n[tokens]\nkafka=x9y8z7w6v5\nissuer=auth.example\n"
    )
    assert (
        values.clean("0f5a9c77ab x9y8z7w6v5 shop-user auth.example") == "[Filtered] [Filtered] shop-user auth.example"
    )


def test_environment() -> None:
    """Known are variables whose name names a secret and passwords in URLs; not the working directory."""
    values = known("", {"DB_PASSWORD": "hunter2-a", "PWD": "/home/shop/x", "BROKER": "amqp://a:hunter2-b@mq"})
    assert values.clean("hunter2-a hunter2-b /home/shop/x mq") == "[Filtered] [Filtered] /home/shop/x mq"


def test_dsn() -> None:
    """The keys of the DSN are known, its host is not."""
    values = known("", dsn="https://0123456789abcdef:s3cretkey@sentry.example.com/1")
    assert values.clean("0123456789abcdef s3cretkey sentry.example.com") == "[Filtered] [Filtered] sentry.example.com"


def test_forms() -> None:
    """A secret is recognized in the forms it takes in URLs, in `repr` and in JSON, and line by line."""
    values = known("", {"TOKEN": "a\"b'c d/é\\x", "KEY_TOKEN": "first line of the key\nsecond line of the key"})
    for form in ("a\"b'c d/é\\x", "a%22b%27c%20d%2F%C3%A9%5Cx", "a%22b%27c+d%2F%C3%A9%5Cx", "a\\\"b'c d/\\u00e9\\\\x"):
        assert values.clean(f"<{form}>") == "<[Filtered]>", form
    assert values.clean(repr({"x": "a\"b'c d/é\\x"})) == "{'x': '[Filtered]'}"
    assert values.clean("and second line of the key.") == "and [Filtered]."


def test_what_was_cut() -> None:
    """Of a secret that was cut in the middle the beginning is hidden too."""
    values = known()
    assert values.clean("the password is swordfi...") == "the password is [Filtered]..."
    assert values.clean("the password is sw...") == "the password is sw..."
    assert values.clean("the end...") == "the end..."


def test_what_appears_later() -> None:
    """What is added to the configuration at run time is known from then on, and what was known remains so."""
    config = configuration("[a]\npassword=first-secret\n")
    environ: dict[str, str] = {}
    values = Held(config, environ, Keys(), "")
    version = values.version
    values.refresh()
    assert values.version == version
    config.read_dict({"b": {"token": "second-secret"}, "a": {"password": "third-secret"}})
    assert values.clean("second-secret") == "second-secret"
    values.refresh()
    assert values.version > version
    assert values.clean("first-secret second-secret third-secret") == "[Filtered] [Filtered] [Filtered]"
    environ["API_TOKEN"] = "fourth-secret"
    values.refresh()
    assert values.clean("fourth-secret") == "[Filtered]"


def test_number_of_values_is_bounded() -> None:
    """A configuration that goes on changing does not fill the memory."""
    config = configuration("[a]\n")
    values = Held(config, {}, Keys(), "")
    config.read_dict(
        {"a": {f"token{number}": f"secret-number-{number}" for number in range(known_values.MAX_HELD + 10)}}
    )
    values.refresh()
    assert values.clean(f"secret-number-{known_values.MAX_HELD + 9}x") == "[Filtered]x"
    assert len(values._known.values) == known_values.MAX_HELD


def test_what_is_no_url() -> None:
    """What looks like a URL and is none holds no password, and does no harm."""
    assert known("", {"BROKER": "http://[a:hunter2-b@mq", "API_TOKEN": "x"}).clean("hunter2-b") == "hunter2-b"


class Vanishing(configparser.ConfigParser):
    """Loses its sections while it is read, as if another thread removed them."""

    def get(self, section, option, **kwargs):
        for name in self.sections():
            self.remove_section(name)
        return super().get(section, option, **kwargs)


def test_configuration_that_vanishes_while_it_is_read() -> None:
    """What another thread removes while it is read is known, too."""
    config = Vanishing(interpolation=configparser.ExtendedInterpolation())
    config.read_string("[a]\ntoken=first-secret\n[b]\ntoken=second-secret\nurl=amqp://a:third-secret@mq\n")
    values = Held(config, {}, Keys(), "")
    assert values.clean("first-secret second-secret third-secret") == "[Filtered] [Filtered] [Filtered]"
    values.refresh()
    assert config.sections() == []


def test_variables_that_vanish_while_they_are_read() -> None:
    """A variable that another thread removes while they are read is passed over."""

    class Environ(dict):
        def __getitem__(self, name):
            raise KeyError(name)

        def get(self, name, default=None):
            return default if name == "GONE_TOKEN" else super().get(name, default)

    values = Held(configuration(""), Environ(GONE_TOKEN="first-secret", API_TOKEN="second-secret"), Keys(), "")
    assert values.clean("second-secret") == "[Filtered]"


def test_configuration_that_another_thread_changes() -> None:
    """While a thread adds and removes sections and variables, nothing fails, and what stays is known."""
    config = configuration("[a]\ntoken=first-secret\n")
    environ: dict[str, str] = {}
    values = Held(config, environ, Keys(), "")
    ended = threading.Event()

    def change() -> None:
        for number in itertools.count():
            if ended.is_set():
                return
            for section in range(20):
                config.read_dict({f"section{section}": {"token": f"secret-{number % 50}-{section}", "url": "http://h"}})
                environ[f"TOKEN_{section}"] = f"other-{number % 50}-{section}"
            for section in range(20):
                config.remove_section(f"section{section}")
                del environ[f"TOKEN_{section}"]

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(300):
            values.refresh()
            assert values.clean("first-secret") == "[Filtered]"
    finally:
        ended.set()
        thread.join()


def test_very_long_values() -> None:
    """A value of megabytes is known by its beginning, at little cost, also where a text has a part of that."""
    value = "".join(f"{number:x}-" for number in range(1_000_000))
    values = known(environ={"APP_PASSWORD": value})
    assert sum(len(form) for forms in values._known.values.values() for form in forms) < 3_000_000
    assert values.clean(f"it is {value[:8000]}...") == "it is [Filtered]..."
    assert values.clean(f"it is {value[: 3 * known_values.LONGEST]}.") == f"it is {'[Filtered]' * 3}."


def test_a_finder_of_long_texts() -> None:
    """Of a long text no more is known by heart than of one of usual length."""
    (text,) = {"".join(map(str, range(100_000)))}
    made = Finder([text, text[5:]])
    assert len(made._pieces) <= 2 * LARGEST_STEP
    assert [*made.find(f"x{text}x")] == [(1, len(text) + 1)]
