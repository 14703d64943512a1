"""Which issue an event is: one issue for one cause. The server is told, and the limits count, by the same answer.

An exception is known by its type and the lines of the application that it came through, as on Sentry's server. What has
no exception is known by logger, module, function and the text that the source has there: that holds on every server,
wherever line numbers move and whatever is put into the text.
"""

import itertools
from collections.abc import Callable, Iterable
from types import FrameType, TracebackType
from typing import Any, NamedTuple

from ..config import fingerprint_rules
from ..config.fingerprint_rules import DEFAULT, Rule
from ..objects import json_values
from ..objects.calls import Calls
from ..objects.contents import values_of
from ..objects.errors import cause_of, members_of, traceback_of
from ..objects.kinds import qualified_name_of
from ..runtime import in_app, stacks
from ..runtime.guards import complain
from . import message_sources

MAX_STACK = 20
MAX_LINKS = 5
"""So many exceptions count, of a group and of what led to one."""
MAX_PART = 200
"""Of a message whose place cannot be told, so much names it."""

_ISSUE = "asab_sentry.issue"


class Issue(NamedTuple):
    """An issue: its name is made of texts and, behind those of files, numbers of lines."""

    name: tuple[str | int, ...]
    fingerprint: tuple[str, ...] | None = None
    """By which the server is to know it; None: by its own rules."""
    culprit: str | None = None
    """Module and function of the application that it is about, where that is not the innermost frame's."""


class Grouping:
    """Names issues, by the rules of an operator where one fits."""

    def __init__(self, rules: tuple[Rule, ...] = ()) -> None:
        self._rules = rules

    def of_exception(
        self, error: BaseException, frame: FrameType | None, logger: str = "", message: Callable[[], str] = str
    ) -> Issue:
        """Return the issue of an exception; `frame` has reported it, with a message."""
        issue = of_exception(error, frame)
        if frame is not None and logger != "asyncio" and not _was_raised(error):
            issue = _of_unraised(error, frame, logger) or issue
        return self._ruled(issue, logger, error, message) if self._rules else issue

    def of_message(
        self, logger: str, message: Callable[[], str], frame: FrameType | None, template: str | None = None
    ) -> Issue:
        """Return the issue of a message that a frame has logged; `template` is what its arguments were put into."""
        try:
            source = message_sources.of_template(logger, template, frame, message) if template is not None else None
            name, culprit = source or message_sources.of_message(logger, message(), frame)
            issue = Issue(name, name, culprit)
        except Exception as error:
            complain("A message has no place in the source", error)
            issue = Issue((logger, json_values.text(template or message(), MAX_PART)))
        return self._ruled(issue, logger, None, message) if self._rules else issue

    def of_event(self, event: dict[str, Any], error: BaseException | None, frame: FrameType | None) -> Issue:
        """Return the issue of an event that was made by somebody else."""
        entry = event.get("logentry") or {}
        logger = str(event.get("logger") or "")
        message = str(entry.get("formatted") or entry.get("message") or event.get("message") or "")
        if error is not None:
            return self.of_exception(error, frame, logger, lambda: message)
        if event.get("exception"):
            return self._ruled(of_described(event), logger, None, lambda: message)
        return self.of_message(logger, lambda: message, frame)

    def _ruled(self, issue: Issue, logger: str, error: BaseException | None, message: Callable[[], str]) -> Issue:
        def texts() -> list[str]:
            return [
                message(),
                *(json_values.text(link, json_values.MAX_MESSAGE) for link in fingerprint_rules.chain(error)),
            ]

        for rule in self._rules:
            if rule.matches(logger, error, texts):
                return _instead(rule.fingerprint, issue)
        return issue


def note(hint: dict[str, Any], issue: Issue) -> None:
    """Note the issue of an event in its hint."""
    hint[_ISSUE] = issue


def is_noted(hint: dict[str, Any]) -> bool:
    """Return whether the issue of an event is known, as of all that are made here."""
    return _ISSUE in hint


def write(event: dict[str, Any], hint: dict[str, Any]) -> Issue | None:
    """Write into an event, after all others did, which issue it is and what it is about; return the issue."""
    issue: Issue | None = hint.pop(_ISSUE, None)
    if issue is not None:
        fingerprint = event.get("fingerprint")
        if fingerprint is not None:
            issue = of_fingerprint(fingerprint, issue) or issue
        if issue.fingerprint:
            event["fingerprint"] = list(issue.fingerprint)
    # Sentry takes the culprit of an exception from its frames, and a transaction for the culprit.
    exception = event.get("exception")
    if not event.get("transaction") and (exception is None or not _has_frames(exception)):
        culprit = (issue and issue.culprit) or _culprit(event.get("threads"))
        if culprit:
            event["culprit"] = culprit
    return issue


def _has_frames(exception: Any) -> bool:
    """Return whether an exception was raised, or one that led to it."""
    entries = (exception or {}).get("values") or ()
    return any(entry.get("stacktrace") for entry in entries if issubclass(type(entry), dict))


def _culprit(threads: Any) -> str | None:
    """Return the innermost function of the application, of all where it has none."""
    stacks = [thread.get("stacktrace") or {} for thread in (threads or {}).get("values") or () if thread.get("current")]
    frames = [frame for stack in stacks for frame in reversed(stack.get("frames") or ())]
    frame = next((frame for frame in frames if frame.get("in_app")), frames[0] if frames else None)
    return f"{frame.get('module') or frame.get('filename')} in {frame.get('function')}" if frame else None


def of_fingerprint(fingerprint: object, issue: Issue) -> Issue | None:
    """Return the issue of a fingerprint that the application has given, None where it has given none."""
    if not issubclass(type(fingerprint), (list, tuple)):
        return None
    several = values_of(fingerprint, Calls())
    parts = [part for value in several if (part := _part(value)) is not None]
    return _instead(parts, issue) if parts and len(parts) == len(several) else None


def _part(value: object) -> str | None:
    """Return a part of a fingerprint as a text, into which Sentry makes numbers; None: it is none."""
    if type(value) in {int, float}:
        return json_values.text(value, MAX_PART)
    return str.__str__(value) if isinstance(value, str) and issubclass(type(value), str) else None


def _instead(fingerprint: Iterable[str], issue: Issue) -> Issue:
    """Return the issue of a fingerprint in place of another issue, which is its `{{ default }}`."""
    parts = tuple(fingerprint)
    default = issue.fingerprint or (DEFAULT,)
    return Issue(
        tuple(itertools.chain.from_iterable(issue.name if part == DEFAULT else (part,) for part in parts)),
        tuple(itertools.chain.from_iterable(default if part == DEFAULT else (part,) for part in parts)),
        issue.culprit,
    )


def with_part(issue: Issue, part: str) -> Issue:
    """Return an issue of its own for what is told apart from others of an issue by a part more."""
    return _instead((DEFAULT, part), issue)


def of_exception(error: BaseException, frame: FrameType | None = None) -> Issue:
    """Return the issue of an exception: its type, and the innermost lines of the application.

    Those of what led to it count, too, as on Sentry's server: one line raises the same for several causes. `frame` is
    who has reported it, which is all that is known of one that was never raised.
    """
    name: tuple[str | int, ...] = ()
    link: BaseException | None = error
    for _ in range(MAX_LINKS):
        if link is None:
            break
        kind = qualified_name_of(type(link))
        lines = _lines_of_traceback(traceback_of(link)) or _lines_of_stack(frame)
        name += (kind, *lines)
        members = members_of(link)
        link, frame = members[0] if members else cause_of(link)[0], None
    return Issue(name)


def _was_raised(error: BaseException) -> bool:
    """Return whether an exception was raised, or one of what led to it."""
    link: BaseException | None = error
    for _ in range(MAX_LINKS):
        if link is None or traceback_of(link) is not None:
            break
        members = members_of(link)
        link = members[0] if members else cause_of(link)[0]
    return link is not None


def _of_unraised(error: BaseException, frame: FrameType, logger: str) -> Issue | None:
    """Return the issue of an exception without any stack: its type, and the source of its text; None: it has none."""
    try:
        source, culprit = message_sources.of_message(logger, json_values.text(error, MAX_PART), frame)
    except Exception as failure:
        complain("An exception that was not raised has no place in the source", failure)
        return None
    name = qualified_name_of(type(error)), *source
    return Issue(name, name, culprit)


def has_own_lines(error: BaseException) -> bool:
    """Return whether an exception came through a line of the application."""
    owns, traceback = in_app.current().owns, traceback_of(error)
    while traceback is not None and not owns(traceback.tb_frame):
        traceback = traceback.tb_next
    return traceback is not None


def _lines_of_traceback(traceback: TracebackType | None) -> tuple[str | int, ...]:
    """Return file and line of the two innermost frames of the application, of all where it has none."""
    owns = in_app.current().owns
    inner = outer = own_inner = own_outer = None
    while traceback is not None:
        inner, outer = traceback, inner
        if owns(traceback.tb_frame):
            own_inner, own_outer = traceback, own_inner
        traceback = traceback.tb_next
    if own_inner is not None:
        inner, outer = own_inner, own_outer
    return tuple(
        part
        for step in (inner, outer)
        if step is not None
        for part in (step.tb_frame.f_code.co_filename, step.tb_lineno)
    )


def _lines_of_stack(frame: FrameType | None) -> tuple[str | int, ...]:
    frames = list(itertools.islice(stacks.outward(frame), MAX_STACK))
    own = [step for step in frames if in_app.is_own(step)]
    return tuple(part for step in (own or frames)[:2] for part in (step.f_code.co_filename, step.f_lineno))


def of_described(event: dict[str, Any]) -> Issue:
    """Return the issue of an event with an exception that only somebody else has seen."""
    exceptions = event["exception"].get("values") or [{}]
    frames = (exceptions[-1].get("stacktrace") or {}).get("frames") or []
    own = [frame for frame in frames if frame.get("in_app")] or frames
    lines = [(str(frame.get("filename")), frame.get("lineno") or 0) for frame in own[:-3:-1]]
    return Issue((str(exceptions[-1].get("type")), *itertools.chain.from_iterable(lines)))
