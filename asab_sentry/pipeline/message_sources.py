"""Where in the source a message comes from: logger, module, function and the text that it has there."""

import itertools
import sys
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType

from ..objects import json_values
from ..objects.cache import Cache
from ..objects.errors import traceback_of
from ..objects.kinds import args_of
from ..runtime import in_app, stacks
from .call_sites import EXITS, MAX_KNOWN, MAX_OUTWARD, CallSite, Source, call_site, named
from .literals import MAX_TEXT, Literal, has_words, literal, texts_raised
from .skeleton import skeleton

SHORT = 8
"""A shorter text may be in a message by chance: it names one only where that was handed on from there."""


def of_template(logger: str, template: str, frame: FrameType | None, message: Callable[[], str]) -> Source | None:
    """Return the source of a message that a frame has logged with arguments; None where the template has no words."""
    if frame is None:
        return Source(named(logger, template)) if has_words(template) else None
    site = call_site(frame)
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


def _adapted(logger: str, template: str, site: CallSite) -> Source | None:
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
        return Source(named(logger, skeleton(message)))
    site = call_site(frame)
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


def _handed_in(logger: str, message: str, frame: FrameType, site: CallSite) -> tuple[Source | None, CallSite]:
    """Return the source of a message that was handed to a call, or None, and the call that has handed it on first."""
    is_handed, is_own = site.call(frame).passes_on, in_app.is_own(frame)
    for outer in itertools.islice(stacks.outward(frame), 1, MAX_OUTWARD):
        there, was_own, is_own = call_site(outer), is_own, in_app.is_own(outer)
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


def _filled(logger: str, text: Literal, message: str, frame: FrameType, site: CallSite) -> Source | None:
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
        there = call_site(outer)
        call = there.call(outer)
        for head in call.literals:
            if (function in EXITS or _is_sentence(head)) and head.is_in(message):
                return there.name(logger, text.text, head.text)
        is_handed, function = call.passes_on, outer.f_code.co_name
    return None


def _is_sentence(text: Literal) -> bool:
    """Return whether a text tells what happened to something: it is no value of another text."""
    return len(text.parts) > 1 and len(text.text) >= SHORT and " " in text.text.strip()
