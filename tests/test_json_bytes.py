"""JSON as bytes, with orjson and without."""

import datetime
import json
from typing import Any

import apps
import pytest
from far import FarEnd

from asab_sentry.delivery import json_bytes
from asab_sentry.delivery.json_bytes import dumps
from asab_sentry.objects.ready_json import ReadyDict, ReadyList

BOTH = pytest.mark.parametrize("is_fast", [False, True])


@pytest.fixture
def encoder(is_fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is asked for."""
    if is_fast:
        pytest.importorskip("orjson")
    else:
        monkeypatch.setattr(json_bytes, "orjson", None)


VALUES = (
    {},
    [],
    "",
    "plain",
    "čtyřicet dva \u2028 😀",
    'quotes " and \\ and \x00\x1f\x7f\n',
    {"a": [1, -2.5, 1e300, 0.1, True, False, None], "nested": {"b": ["c"]}},
    ReadyDict(a=ReadyList([1, ReadyDict(b="c")])),
    ("a", "tuple"),
    2**63 - 1,
    2**64 - 1,
    2**70,
    -(2**63),
    {1: "number", None: "none", False: "false"},
    "half a pair \ud83d of surrogates",
    {"half \udc00": "as a key"},
    type("Text", (str,), {})("of a kind of text"),
)


@BOTH
@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_means_the_same(value: Any) -> None:
    """What is JSON means the same, whoever writes it."""
    assert json.loads(dumps(value)) == json.loads(json.dumps(value))


@BOTH
@pytest.mark.usefixtures("encoder")
def test_nesting() -> None:
    """What is nested deeper than one of them takes is written all the same."""
    value: Any = "inside"
    for _ in range(400):
        value = [value]
    assert json.loads(dumps(value)) == value


@BOTH
@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize(
    "value", [object(), {"a": {1}}, datetime.datetime.now(datetime.UTC), {("a", "b"): 1}, b"bytes"]
)
def test_no_json(value: Any) -> None:
    """What is no JSON is refused by both, so that it is sent as text."""
    with pytest.raises(TypeError):
        dumps(value)


@BOTH
def test_event(far: FarEnd, tmp_path, is_fast: bool) -> None:
    """An event arrives with its texts as they are, also where a hook leaves what is no JSON in it."""
    if is_fast:
        pytest.importorskip("orjson")
    source = f"""
    import sys
    if not {is_fast}:
        sys.modules["orjson"] = None  # as where it is not installed
    """
    source += """
    def before_send(event, hint):
        event.setdefault("extra", {})["half"] = "a \\ud83d b"
        event["extra"]["large"] = 2**70
        if "odd" in event["logentry"]["message"]:
            event["extra"]["odd"] = object
        return event

    class App(Base):
        async def main(self):
            L.error("čtyřicet 😀")
            L.error("odd")
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn, ini="[sentry]\nbefore_send=__main__:before_send\n", fresh=not is_fast)
    plain, odd = far.events
    assert plain["logentry"]["message"] == "čtyřicet 😀"
    assert plain["extra"] == {"half": "a ? b", "large": 2**70}
    assert odd["extra"]["odd"] == "<class 'object'>"
