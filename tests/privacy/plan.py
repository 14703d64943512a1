"""What is put where: batches of probes, each with a secret of its own, and what was seen of them."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from . import corpus, objects
from .corpus import Kind
from .places import NAMED_PLACES, PLACES, chunks


@dataclasses.dataclass(frozen=True)
class Probe:
    """A secret in a spelling and a place."""

    family: str
    kind: str
    spelling: str
    place: str
    secret: str
    text: str | None
    """None: it is an object, or a pair with the name of the secret."""
    key: str = ""

    def value(self) -> Any:
        """Return what is put in the place."""
        if self.text is None and self.key:
            return self.key, self.secret
        return objects.OBJECTS[self.kind](self.secret) if self.text is None else self.text


@dataclasses.dataclass(frozen=True)
class Batch:
    """Probes that are in one event."""

    place: str
    probes: tuple[Probe, ...]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A probe whose secret is not chosen yet."""

    family: str
    kind: str
    spelling: str
    made_of: str
    template: str | None
    key: str = ""
    fixed: str = ""
    """The secret, where it must be known before."""
    outer: str = ""
    """The text that holds it."""


def in_texts(kind: Kind, texts: Iterable[str] | None = None) -> Iterator[Wanted]:
    """Yield the texts of a kind."""
    for number, template in enumerate(kind.texts if texts is None else texts):
        fixed = corpus.make_secret(kind.secret, f"{kind.name}/{number}") if kind.family in HELD else ""
        yield Wanted(kind.family, kind.name, str(number), kind.secret, template, kind.key, fixed)


HELD = frozenset({"known", "rotated"})
"""Families of what the configuration and the environment hold."""


def held() -> Iterator[tuple[str, str, str]]:
    """Yield family, a name, and the secret of what is held."""
    for kind in corpus.kinds():
        if kind.family in HELD:
            for number, each in enumerate(in_texts(kind)):
                yield kind.family, f"{''.join(filter(str.isalpha, kind.name)).lower()}_{number}", each.fixed


def as_objects() -> Iterator[Wanted]:
    """Yield the kinds that are objects."""
    for name in objects.OBJECTS:
        yield Wanted("objects", name, "", "alnum 20", None)


def batches(place: str, wanted: Iterable[Wanted]) -> Iterator[Batch]:
    """Yield what is put in a place, with secrets that share no five characters with anything else in the event."""
    takes_objects = PLACES[place].takes_objects or place in NAMED_PLACES
    accepted = [each for each in wanted if each.template is not None or takes_objects]
    for chunk in chunks(place, accepted):
        yield Batch(place, tuple(_filled(place, chunk)))


def _filled(place: str, chunk: list[Wanted]) -> Iterator[Probe]:
    taken: set[str] = set()
    for each in chunk:
        for attempt in range(1000):
            secret = each.fixed or corpus.make_secret(each.made_of, f"{each}/{place}/{attempt}")
            if each.fixed or taken.isdisjoint(corpus.runs(secret)):
                break
        else:
            raise AssertionError(f"no secret that is not there yet: {each}")
        text = None if each.template is None else corpus.spelled(each.template, secret, each.key)
        if each.outer:
            text = corpus.spelled(each.outer, text or "")
        taken |= corpus.runs(text or "") | corpus.runs(secret)
        yield Probe(each.family, each.kind, each.spelling, place, secret, text, each.key)


SHARE = 4
"""Where an event holds one probe only, one of so many kinds is put there; others in another such place."""


def everywhere(share: int = 1, of: int = 1) -> Iterator[Batch]:
    """Yield each kind in each place, in one of its texts, another one in each place.

    `of`: one of so many kinds is put in a place, others in the next place.
    """
    texts = [list(in_texts(kind)) for kind in corpus.kinds()]
    for number, place in enumerate(place for place in PLACES if place not in NAMED_PLACES):
        wanted = [*(each[(number + count) % len(each)] for count, each in enumerate(texts)), *as_objects()]
        step = of * (share if PLACES[place].at_once == 1 else 1)
        yield from batches(place, wanted[number % step :: step])


def by_name(share: int = 1) -> Iterator[Batch]:
    """Yield each name with a secret in each place that has names."""
    for number, place in enumerate(NAMED_PLACES):
        names = [*corpus.names()][number % share :: share]
        yield from batches(place, [Wanted("by name", name, "", corpus.length_of(name), None, name) for name in names])


def of_requests(all_batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield the batches that are put where `send_default_pii` opens something."""
    return (batch for batch in all_batches if "request" in batch.place or "user" in batch.place)


def each_text(place: str = "breadcrumb") -> Iterator[Batch]:
    """Yield each text of each kind in one place."""
    yield from batches(place, [each for kind in corpus.kinds() for each in in_texts(kind)])


def each_name(place: str = "breadcrumb", names: Iterable[str] | None = None) -> Iterator[Batch]:
    """Yield each name in each spelling."""
    yield from batches(
        place,
        [
            Wanted(spelling, name, spelling, corpus.length_of(name), template, name)
            for name in (corpus.names() if names is None else names)
            for spelling, template in corpus.spellings().items()
        ],
    )


def each_wrapping(place: str = "breadcrumb") -> Iterator[Batch]:
    """Yield each spelling in each of the texts that hold others."""
    keys = itertools.cycle(corpus.SAMPLE_KEYS)
    wanted = []
    for spelling, template in corpus.spellings().items():
        for name, outer in corpus.data()["wrapped"].items():
            wanted.append(Wanted(name, spelling, name, "alnum 20", template, next(keys), outer=outer))
    yield from batches(place, wanted)


def each_of_grid(place: str = "breadcrumb") -> Iterator[Batch]:
    """Yield each spelling of the grid."""
    keys = itertools.cycle(corpus.SAMPLE_KEYS)
    yield from batches(
        place,
        [Wanted("grid", name, template, "alnum 20", template, next(keys)) for name, template in corpus.grid().items()],
    )


def passwords(count: int, place: str = "breadcrumb") -> Iterator[Batch]:
    """Yield random passwords of 14 printable characters in each spelling."""
    key = corpus.SAMPLE_KEYS[0]
    wanted = [
        Wanted("passwords", spelling, str(number), "password 14", template, key)
        for number in range(count)
        for spelling, template in corpus.spellings().items()
    ]
    yield from batches(place, wanted)
