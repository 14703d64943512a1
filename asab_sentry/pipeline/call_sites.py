"""Calls in the source from which messages come, and the names of those."""

import itertools
from types import FrameType
from typing import NamedTuple

from ..objects.cache import Cache
from ..runtime import in_app, stacks
from .literals import MAX_TEXT, Call, Literal, begins_with, call_of, has_words, texts_around

MAX_OUTWARD = 20
"""So many frames out of the one that logged it is looked for where a message comes from."""

MAX_KNOWN = 4096
MAX_TEXTS = 100
MAX_CLASSES = 20

EXITS = frozenset({"__aexit__", "__exit__"})
"""Functions that are called at the end of a `with` block."""


class Source(NamedTuple):
    """Where a message comes from."""

    name: tuple[str, ...]
    culprit: str | None = None
    """Module and function, where they are the application's."""


class CallSite:
    """A call in the source, and the messages that it names."""

    __slots__ = ("_around", "_call", "_first", "code", "culprit", "function", "module", "names", "written")

    def __init__(self, frame: FrameType) -> None:
        self.code = frame.f_code  # who knows the code keeps its id
        self._call: Call | None = None
        self._around: Cache[type, tuple[Literal, ...]] | None = None
        self._first: str | None = None
        module = dict.get(frame.f_globals, "__name__")
        self.module = module if isinstance(module, str) else ""
        self.function = frame.f_code.co_qualname
        self.culprit = f"{self.module} in {frame.f_code.co_name}" if in_app.is_own(frame) else None
        self.names: Cache[tuple[str, str], Source | None] = Cache(MAX_TEXTS)
        self.written: dict[str, Literal] = {}

    def call(self, frame: FrameType) -> Call:
        """Return the call, by a frame that is at it."""
        if self._call is None:
            call = call_of(frame)
            self.written = {text.text: text for text in call.literals}
            self._call = call
        return self._call

    def around(self, frame: FrameType) -> tuple[Literal, ...]:
        """Return texts that its function puts something into, for later, and those of the class that `self` is of.

        It may be of another one than it was when the call was read.
        """
        if self._around is None:
            self._around = Cache(MAX_CLASSES)
        kind = type(frame.f_locals.get("self")) if "self" in self.code.co_varnames else object
        texts = self._around.get(kind)
        if texts is None:
            call = call_of(frame)
            texts = self._around.add(kind, (*call.literals, *call.assigned, *texts_around(frame)))
        return texts

    def writes(self, text: str, frame: FrameType) -> bool:
        """Return whether the call has this text as its first argument, and nobody has to be asked what is around it.

        That most have, and to see it costs a third of what it takes to read the call.
        """
        if self._first is None:
            self._first = "" if self.code.co_freevars or not begins_with(frame, text) else text
        return self._first == text and not ends_block(frame)

    def has(self, template: str, frame: FrameType) -> bool:
        """Return the same of a text into which arguments are put, without reading the source.

        If it is a text of the function it is that argument: what is put together there is hardly ever equal to one.
        """
        code = self.code
        is_there = template in code.co_consts and not (code.co_freevars or code.co_filename.startswith("<"))
        return is_there and not ends_block(frame)

    def name(self, logger: str, *texts: str) -> Source:
        """Return the source that some texts of it name."""
        return Source(named(logger, self.module, self.function, *texts), self.culprit)

    def of_literal(self, logger: str, text: str) -> Source | None:
        """Return the source of a text that stays the same; None where no word of it does."""
        source = self.names.get((logger, text), ...)
        if source is ...:
            source = self.names.add((logger, text), self.name(logger, text) if has_words(text) else None)
        return source


_call_sites: Cache[tuple[int, int], CallSite] = Cache(MAX_KNOWN)
"""By the id of the code and the instruction that it is at."""


def call_site(frame: FrameType) -> CallSite:
    """Return the call in which a frame is."""
    key = id(frame.f_code), frame.f_lasti
    site = _call_sites.get(key)
    if site is None:
        site = _call_sites.add(key, CallSite(frame))
    return site


def ends_block(frame: FrameType) -> bool:
    """Return whether a frame, or one that has called it, is at the end of a `with` block."""
    for step in itertools.islice(stacks.outward(frame), MAX_OUTWARD):  # noqa: SIM110  # `any` takes twice as long
        if step.f_code.co_name in EXITS:
            return True
    return False


def named(*parts: str) -> tuple[str, ...]:
    """Return the name of an issue, of parts that are as long as those may be."""
    return tuple([part[:MAX_TEXT] for part in parts if part])
