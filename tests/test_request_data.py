"""Personal data by its shape, which is hidden where an operator asks for it."""

import configparser
from typing import Any

import pytest
from privacy import personal

from asab_sentry.config import names, option_types
from asab_sentry.config.options import Options
from asab_sentry.pipeline.scrubbing.scrubber import Scrubber
from asab_sentry.pipeline.scrubbing.secret_patterns import ibans, rules

DSN = "https://0123456789abcdef@sentry.example.com/1"


def scrub(event: dict[str, Any], **options: Any) -> dict[str, Any]:
    return Scrubber(Options(dsn=DSN, **options), configparser.ConfigParser(), {}).event(event, {})


def test_names() -> None:
    """What an operator may ask for are the rules that there are."""
    assert tuple(rules.PERSONAL) == names.PERSONAL
    assert option_types.SHAPES.parse("iban\nEmail") == ("email", "iban")


@pytest.mark.parametrize(("kind", "text", "wanted"), personal.lines())
def test_lines(kind: str, text: str, wanted: str) -> None:
    """Each shape is hidden where it is asked for, and left with the others."""
    others = tuple(name for name in names.PERSONAL if name != kind)
    assert scrub({"message": text}, personal=names.PERSONAL)["message"] == wanted
    if kind != "none":
        assert scrub({"message": text}, personal=(kind,))["message"] == wanted
        assert "[Filtered]" not in scrub({"message": text}, personal=others)["message"]
        assert scrub({"message": text})["message"] == text


def test_places() -> None:
    """It is hidden in all texts and keys of an event, however short they are."""
    address = "a@b.cz"
    frame = {"abs_path": "/a.py", "lineno": 1, "context_line": f'    send("{address}")', "vars": {"x": f"'{address}'"}}
    event = {
        "logentry": {"message": address},
        "tags": {"to": address},
        "extra": {address: [address, {"a": address}]},
        "contexts": {"struct_data": {"to": address}},
        "breadcrumbs": {"values": [{"message": address, "data": {"to": address}}]},
        "spans": [{"description": address, "data": {"to": address}}],
        "exception": {"values": [{"type": "E", "value": address, "stacktrace": {"frames": [frame]}}]},
    }
    assert address not in str(scrub(event, personal=("email",)))
    assert str(scrub(event)).count(address) == str(event).count(address)


def test_user() -> None:
    """An address of a user that is opened is taken out, as one that is none would be an error for Sentry."""
    user = {"id": "7", "ip_address": "203.0.113.7", "email": "joe@example.com"}
    shown = scrub({"user": user}, personal=("ip", "email"), send_default_pii=True)["user"]
    assert shown == {"id": "7", "email": "[Filtered]"}
    assert scrub({"user": user}, personal=("iban",), send_default_pii=True)["user"] == user


def test_versions() -> None:
    """Releases and installed packages are none, though their versions are written as addresses are."""
    event = {"release": "shop@1.2.3.4", "modules": {"types-requests": "2.31.0.6"}}
    event["contexts"] = {"trace": {"dynamic_sampling_context": {"release": "shop@1.2.3.4", "public_key": "k"}}}
    assert scrub(event, personal=names.PERSONAL) == event


@pytest.mark.parametrize(
    ("key", "value"), [("phone", 777123456), ("userMobile", "777 123 456"), ("tel_no", "777123456")]
)
def test_telephone_by_key(key: str, value: object) -> None:
    """A number under a key that says so is one of a telephone; what is none stays."""
    event = {"extra": {key: value, "id": value, "phone_count": 3, "is_mobile": True, "mobile": "Nokia 3310"}}
    shown = {**event["extra"], key: "[Filtered]"}
    assert scrub(event, personal=("phone",))["extra"] == shown
    assert scrub(event)["extra"] == event["extra"]


def test_many() -> None:
    """Of a text with very many of them nothing is left behind the sixtieth."""
    for text in ("a@b.cz ", "+420777123456 ", "203.0.113.7 ", "2001:db8::7 ", "DE89370400440532013000 "):
        shown = scrub({"message": text * 150}, personal=names.PERSONAL)["message"]
        assert text.strip() not in shown
        assert len(shown) < 20 * 110


def test_ibans() -> None:
    """Each country has a length, and two digits say whether the others are in order."""
    assert ibans.is_iban("GB29 NWBK 6016 1331 9268 19")
    assert not ibans.is_iban("GB29 NWBK 6016 1331 9268 18")
    assert {len(country) for country in ibans.LENGTHS} == {2}
    assert min(ibans.LENGTHS.values()) == 15
