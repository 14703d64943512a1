"""Where in the source a message comes from: logger, module, function and the text that it has there."""

import itertools
import sys
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import NamedTuple

from ..objects import json_values
from ..objects.cache import Cache
from ..objects.errors import traceback_of
from ..objects.kinds import args_of
from ..runtime import in_app, stacks
from .literals import MAX_TEXT, Call, Literal, begins_with, call_of, has_words, literal, texts_around, texts_raised
from .skeleton import skeleton

MAX_OUTWARD = 20
"""So many frames out of the one that logged it is looked for where a message comes from."""

MAX_KNOWN = 4096
MAX_TEXTS = 100

SHORT = 8
"""A shorter text may be in a message by chance: it names one only where that was handed on from there."""


EXITS = frozenset({"__aexit__", "__exit__"})
"""Functions that are called at the end of a `with` block."""


class Source(NamedTuple):
    """Where a message comes from."""

    name: tuple[str, ...]
    culprit: str | None = None
    """Module and function, where they are the application's."""


class _CallSite:
    """A call in the source, and the messages that it names."""

    __slots__ = ("_around", "_call", "_first", "code", "culprit", "function", "module", "names", "written")

    def __init__(self, frame: FrameType) -> None:
        self.code = frame.f_code  # who knows the code keeps its id
        self._call: Call | None = None
        self._around: tuple[Literal, ...] | None = None
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
        """Return the texts into which its function puts something, one of which may have been handed on for later."""
        if self._around is None:
            self._around = texts_around(frame)
        return self._around

    def writes(self, text: str, frame: FrameType) -> bool:
        """Return whether the call has this text as its first argument, and nobody has to be asked what is around it.

        That most have, and to see it costs a third of what it takes to read the call.
        """
        if self._first is None:
            self._first = "" if self.code.co_freevars or not begins_with(frame, text) else text
        return self._first == text and not _ends_block(frame)

    def has(self, template: str, frame: FrameType) -> bool:
        """Return the same of a text into which arguments are put, without reading the source.

        If it is a text of the function it is that argument: what is put together there is hardly ever equal to one.
        """
        code = self.code
        is_there = template in code.co_consts and not (code.co_freevars or code.co_filename.startswith("<"))
        return is_there and not _ends_block(frame)

    def name(self, logger: str, *texts: str) -> Source:
        return Source(_named(logger, self.module, self.function, *texts), self.culprit)

    def of_literal(self, logger: str, text: str) -> Source | None:
        """Return the source of a text that stays the same; None where no word of it does."""
        source = self.names.get((logger, text), ...)
        if source is ...:
            source = self.names.add((logger, text), self.name(logger, text) if has_words(text) else None)
        return source


_call_sites: Cache[tuple[int, int], _CallSite] = Cache(MAX_KNOWN)
"""By the id of the code and the instruction that it is at."""


def _call_site(frame: FrameType) -> _CallSite:
    key = id(frame.f_code), frame.f_lasti
    site = _call_sites.get(key)
    if site is None:
        site = _call_sites.add(key, _CallSite(frame))
    return site


def _ends_block(frame: FrameType) -> bool:
    """Return whether a frame, or one that has called it, is at the end of a `with` block."""
    for step in itertools.islice(stacks.outward(frame), MAX_OUTWARD):  # noqa: SIM110  # `any` takes twice as long
        if step.f_code.co_name in EXITS:
            return True
    return False


def of_template(logger: str, template: str, frame: FrameType | None, message: Callable[[], str]) -> Source | None:
    """Return the source of a message that a frame has logged with arguments; None where the template has no words."""
    if frame is None:
        return Source(_named(logger, template)) if has_words(template) else None
    site = _call_site(frame)
    source = site.of_literal(logger, template)
    if source is None or site.has(template, frame):
        return source
    call = site.call(frame)
    if call.translated is not None:
        return site.name(logger, call.translated)
    adapted = _adapted(logger, template, site)
    if adapted is not None or not (call.passes_on or call.enclosed or frame.f_code.co_name in EXITS):
        return adapted or source
    text = site.written.get(template)
    if text is None and call.passes_on and (origin := _handed_in(logger, template, frame, site)[0]):
        return origin
    text = text or literal(template)
    return (text and _filled(logger, text, message(), frame, site)) or source


def _adapted(logger: str, template: str, site: _CallSite) -> Source | None:
    """Return the source of a template before which an adapter has put something."""
    if template in site.written:
        return None
    text = next((text for text in site.written if len(text) >= SHORT and text in template), None)
    return site.name(logger, text) if text is not None else None


def of_message(logger: str, message: str, frame: FrameType | None) -> Source:
    """Return the source of a message that a frame has logged.

    Where the source has it as a literal, it is the literal. Where the message was handed in, it is the nearest line
    further out that has the literal, else what is left of it without numbers, ids, addresses and quoted values.
    """
    if frame is None:
        return Source(_named(logger, skeleton(message)))
    site = _call_site(frame)
    if "%" not in message and "{" not in message and site.writes(message, frame):
        source = site.of_literal(logger, message)
        if source is not None:
            return source
    call = site.call(frame)
    if call.translated is not None:
        return site.name(logger, call.translated)
    for text in itertools.chain(call.literals, call.constants, call.assigned):
        if text.makes(message):
            return (
                _filled(logger, text, message, frame, site)
                or site.of_literal(logger, text.text)
                or site.name(logger, text.text)
            )
    # What hands it on may have put something before it, as an adapter does.
    within = [text for text in (*call.literals, *call.assigned) if len(text.text) >= SHORT and text.is_in(message)]
    closed = next(
        (text for text in within if text.parts[0] and (text.parts[-1] or text in call.assigned)),
        None,
    )
    if closed is not None:
        return site.name(logger, closed.text)
    origin, first = _handed_in(logger, message, frame, site)
    if origin is None:
        around = next((text.text for text in site.around(frame) if text.makes(message)), None)
        origin = site.name(logger, around) if around else None
    if origin is None:
        origin = site.name(logger, within[0].text) if within else first.name(logger, skeleton(_of_handled(message)))
    return origin


_raised: Cache[tuple[int, int, type], tuple[CodeType, tuple[Literal, ...]]] = Cache(MAX_KNOWN)
"""The texts of exceptions of a class that are raised by an instruction of code."""


def _of_handled(message: str) -> str:
    """Return a message, with the text that the source has instead of that of the exception which is being handled."""
    error = sys.exception()
    traceback = traceback_of(error) if error is not None else None
    if error is None or traceback is None:
        return message
    texts = [json_values.text(error, MAX_TEXT), *(text for text in args_of(error) if type(text) is str)]
    text = next((text for text in texts if len(text) >= SHORT and text in message), None)
    if text is None:
        return message
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    key = id(code), traceback.tb_lasti, type(error)
    known = _raised.get(key)
    if known is None:
        known = _raised.add(key, (code, texts_raised(error, traceback)))
    source = next((one.text for one in known[1] if one.makes(text)), text)
    return message.replace(text, source)


def _handed_in(logger: str, message: str, frame: FrameType, site: _CallSite) -> tuple[Source | None, _CallSite]:
    """Return the source of a message that was handed to a call, or None, and the call that has handed it on first."""
    is_handed, is_own = site.call(frame).passes_on, in_app.is_own(frame)
    for outer in itertools.islice(stacks.outward(frame), 1, MAX_OUTWARD):
        there, was_own, is_own = _call_site(outer), is_own, in_app.is_own(outer)
        call = there.call(outer)
        # From there it was handed on by a function of the application, or into a library.
        is_source = is_handed or (is_own and not was_own)
        for text in call.literals:
            if (is_source or len(text.text) >= SHORT) and text.is_in(message):
                return there.name(logger, text.text), there
        for text in (*call.constants, *call.assigned):
            if text.makes(message):
                return there.name(logger, text.text), there
        if is_handed:
            site, is_handed = there, call.passes_on
    return None, site


def _filled(logger: str, text: Literal, message: str, frame: FrameType, site: _CallSite) -> Source | None:
    """Return the source of a message that was made of a text by what is around a block or a function.

    The text is the same for all of them. They are told apart by the function that a decorator has wrapped, by the
    literal in the head of the `with` statement, or by what was put into a text before that was handed on.
    """
    if len(text.parts) == 1:
        return None
    call = site.call(frame)
    for name in call.enclosed:
        wrapped = frame.f_locals.get(name)
        if type(wrapped) is FunctionType:
            return site.name(logger, text.text, wrapped.__qualname__)
    function = frame.f_code.co_name
    is_handed = call.passes_on or function in EXITS
    for outer in itertools.islice(stacks.outward(frame), 1, MAX_OUTWARD):
        if not is_handed:
            return None
        there = _call_site(outer)
        call = there.call(outer)
        for head in call.literals:
            if (function in EXITS or _is_sentence(head)) and head.is_in(message):
                return there.name(logger, text.text, head.text)
        is_handed, function = call.passes_on, outer.f_code.co_name
    return None


def _is_sentence(text: Literal) -> bool:
    """Return whether a text tells what happened to something: it is no value of another text."""
    return len(text.parts) > 1 and len(text.text) >= SHORT and " " in text.text.strip()


def _named(*parts: str) -> tuple[str, ...]:
    return tuple([part[:MAX_TEXT] for part in parts if part])
