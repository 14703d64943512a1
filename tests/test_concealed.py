"""Local variables of which an operator wants less: of the application only, and without some kinds of values."""

import collections
import dataclasses
import decimal
import functools
from typing import Any

import apps
import pytest
from far import FarEnd

from asab_sentry.objects.calls import Calls
from asab_sentry.objects.concealed import Concealed
from asab_sentry.objects.variables import Variables


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody."""

    name: str

    def greet(self) -> None:
        """Say the name."""


class Customer(Person):
    """Somebody who buys."""


@dataclasses.dataclass
class Order:
    """What somebody buys."""

    customer: Person
    number: int


class Basket:
    """An object with a say of its own."""

    def __init__(self, owner: Person) -> None:
        self.owner = owner

    def __repr__(self) -> str:
        return f"<Basket of {self.owner.name}>"


class Proxy:
    """An object that stands for another one."""

    def __init__(self, behind: object) -> None:
        object.__setattr__(self, "behind", behind)

    @property
    def __class__(self) -> Any:
        return type(object.__getattribute__(self, "behind"))

    def __repr__(self) -> str:
        return repr(object.__getattribute__(self, "behind"))


class Unhashable(type):
    """A type that fails where it is asked anything."""

    def __hash__(cls) -> int:
        raise RuntimeError

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError


class Odd(metaclass=Unhashable):
    """Of such a type."""

    __module__ = 3  # type: ignore[assignment]


JOE = Person("joe")
HIDDEN = "<test_concealed.Person (hidden)>"

PLACES = {
    "itself": (JOE, HIDDEN),
    "derived": (Customer("joe"), "<test_concealed.Customer (hidden)>"),
    "in a list": ([1, JOE], ["1", HIDDEN]),
    "a value": ({"a": {"b": JOE}}, {"a": {"b": HIDDEN}}),
    "a key": ({JOE: 1}, {HIDDEN: "1"}),
    "in a key": ({(JOE, 1): 1}, {f"({HIDDEN}, 1)": "1"}),
    "deep": ({1: {2: {3: {4: {5: JOE}}}}}, {"1": {"2": {"3": f"{{4: {{5: {HIDDEN}}}}}"}}}),
    "a field": (Order(JOE, 3), f"Order(customer={HIDDEN}, number=3)"),
    "a deque": (collections.deque([JOE]), f"deque([{HIDDEN}])"),
    "an argument": (functools.partial(print, JOE), f"functools.partial(<built-in function print>, {HIDDEN})"),
    "a method": (JOE.greet, f"<bound method Person.greet of {HIDDEN}>"),
    "an exception": (ValueError(JOE), f"ValueError({HIDDEN})"),
    "held by who has a say of its own": (Basket(JOE), "<test_concealed.Basket object>"),
    "a proxy": (Proxy(JOE), "<test_concealed.Proxy (hidden)>"),
}


@pytest.mark.parametrize("place", PLACES)
def test_places(place: str) -> None:
    """A value of a kind that is to be hidden is shown by its type, wherever it is."""
    value, shown = PLACES[place]
    assert Variables(Concealed(["test_concealed.Person"])).show({"x": value}) == {"x": shown}
    assert "joe" in str(Variables().show({"x": value}))


@pytest.mark.parametrize(
    ("pattern", "is_hidden"),
    [
        *(("test_concealed.Person", True), ("test_concealed", True), ("test_*", True), ("*.Person", True)),
        *(("*.Pers?n", True), ("*", True), ("Person", False), ("test_concealed.Pers", False), ("concealed", False)),
        *(("test_concealed.Customer", False), ("object", False), ("builtins.object", False)),
    ],
)
def test_patterns(pattern: str, is_hidden: bool) -> None:
    """A kind is named by its type or its module, with wildcards; by what all objects are derived from, none is."""
    assert Concealed([pattern]).has(JOE, Calls()) is is_hidden


def test_builtin_kinds() -> None:
    """Builtin kinds are named with their module or without it."""
    shown = Variables(Concealed(["bytes", "builtins.dict", "decimal"])).show(
        {"a": b"joe", "b": {"c": 1}, "d": [decimal.Decimal(3)], "e": "text", "f": 4}
    )
    assert shown == {
        "a": "<bytes (hidden)>",
        "b": "<dict (hidden)>",
        "d": ["<decimal.Decimal (hidden)>"],
        "e": "'text'",
        "f": "4",
    }


def test_types_that_fail() -> None:
    """A type that cannot be hashed, and has no name of a module, does no harm."""
    odd = Odd()
    assert Concealed(["*Odd"]).has(odd, Calls())
    assert not Concealed(["test_concealed"]).has(odd, Calls())
    assert Variables(Concealed(["*Odd"])).show({"x": [odd]}) == {"x": ["<Odd (hidden)>"]}


def test_own_say_of_what_holds_none() -> None:
    """Who holds nothing that is hidden is asked for its repr as ever."""
    basket = Basket(Person("joe"))
    assert Variables(Concealed(["decimal"])).show({"x": basket}) == {"x": "<Basket of joe>"}


SOURCE = """
import dataclasses, json.decoder

@dataclasses.dataclass
class Person:
    name: str

class App(Base):
    async def main(self):
        person, order, numbers = Person("joe"), 12, [1, Person("jane")]
        try:
            json.loads("[")
        except ValueError:
            L.exception("failed")
        self.stop()
"""


@pytest.mark.parametrize("include", ["yes", "own", "no"])
def test_in_an_application(far: FarEnd, tmp_path, include: str) -> None:
    """Variables of all frames, of those of the application or of none leave, without the kinds that are hidden."""
    ini = f"[sentry]\ninclude_local_variables={include}\nhide_variables=\n  __main__.Person\n  torch.Tensor\n"
    apps.run(tmp_path, SOURCE, dsn=far.dsn, ini=ini)
    (event,) = far.events
    own, *others = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert own["in_app"] is True
    assert {frame["in_app"] for frame in others} == {False}
    assert {"vars" in frame for frame in others} == {include == "yes"}
    assert ("vars" in own) is (include != "no")
    if include != "no":
        shown = own["vars"]
        assert shown["person"] == "<__main__.Person (hidden)>"
        assert shown["numbers"] == ["1", "<__main__.Person (hidden)>"]
        assert shown["order"] == "12"


def test_stack_of_who_logged(far: FarEnd, tmp_path) -> None:
    """Where nothing was raised, libraries on the way to who has logged have no variables; the application has."""
    source = """
    import functools

    class App(Base):
        async def main(self):
            order = 12
            functools.singledispatch(lambda value: L.error("dispatched"))(3)
            self.stop()
    """
    apps.run(tmp_path, source, dsn=far.dsn)
    (event,) = far.events
    *outer, library, inner = event["threads"]["values"][0]["stacktrace"]["frames"]
    assert (library["in_app"], "vars" in library) == (False, False)
    assert (inner["in_app"], inner["vars"]) == (True, {"value": "3"})
    assert outer[-1]["vars"]["order"] == "12"
