"""What is seen of secrets in the bytes that left."""

import base64
import contextlib
import functools
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus

from . import corpus
from .plan import Batch, Probe

OURS = frozenset(
    {"event_id", "trace_id", "span_id", "parent_span_id", "check_in_id", "timestamp", "start_timestamp", "sent_at"}
    | {"lineno", "colno", "length", "sample_rand"}
)
"""Keys of ids, times, line numbers, lengths and random numbers, which are digits by chance."""

_escaped = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_base64 = re.compile(r"[A-Za-z0-9+/_-]{12,}")


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else {"n": "\n", "t": "\t", "r": "\r"}.get(match[3], match[3])


def strings(value: Any) -> list[str]:
    """Return all texts and numbers of decoded JSON, in no order."""
    texts: list[str] = []
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            texts += map(str, value)
            waiting += [inner for key, inner in value.items() if key not in OURS]
        elif isinstance(value, list):
            waiting += value
        elif type(value) in (int, float):
            texts.append(str(value))
    return texts


def forms(text: str) -> Iterator[str]:
    """Yield a text as it is, and what one reads who undoes escapes, quoting and base64."""
    yield text
    for _ in range(3):
        if "\\" in text:
            text = _escaped.sub(_unescape, text)
            yield text
    as_form = unquote_plus(text)
    if "%" in text or "+" in text:
        yield unquote(text)
        yield as_form
    if "&" in text:
        yield html.unescape(text)
    if "'" in text:  # as SQL and shells write it
        yield text.replace("''", "'")
        yield text.replace("'\"'\"'", "'")
    for token in {*_base64.findall(text), *_base64.findall(as_form)}:
        yield from _decoded(token)


def _decoded(token: str) -> Iterator[str]:
    with contextlib.suppress(ValueError):
        yield base64.b64decode(token.replace("-", "+").replace("_", "/") + "==").decode("ascii")
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(token).decode("ascii")


@functools.lru_cache(1 << 16)
def readable(text: str) -> str:
    """Return all forms of a text: most texts are in many events."""
    return "\0".join(forms(text))


def read(raw: bytes) -> Iterator[Any]:
    """Yield the JSON of an envelope, line by line; what is none as a text."""
    for line in raw.split(b"\n"):
        try:
            yield json.loads(line)
        except ValueError:
            yield line.decode("utf-8", "replace")


_batch = re.compile(rb'"batch": ?(?:"(\d+)"|\{[^{}]*?"value": ?"(\d+)")|"check_in_id": ?"(0{8}\d{24})"')


def parts(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield what an envelope holds, with the number of its batch: logs and metrics of several are in one."""
    for line in raw.split(b"\n"):
        if line.startswith(b'{"version":') and b'"items":' in line:
            for item in json.loads(line)["items"]:
                yield from parts(json.dumps(item).encode())
            return
    match = _batch.search(raw)
    if match:
        yield int(next(filter(None, match.groups()))), raw


def texts_of(raw: bytes) -> set[str]:
    """Return all texts of an envelope."""
    return {text for decoded in read(raw) for text in strings(decoded)}


def seen(texts: Iterable[str]) -> str:
    """Return all that can be read in some texts."""
    return "\0".join(map(readable, texts))


class Ledger:
    """Which probes were sent, and which of them leaked.

    `close`: of a breadcrumb only the secret that was put there is looked for, which takes a tenth of the time.
    """

    def __init__(self, batches: Iterable[Batch], *, close: bool = False) -> None:
        self.batches = list(batches)
        self.leaks: dict[Probe, str] = {}
        """What leaked, with what was seen around it."""
        self._close = close
        self._arrived: set[int] = set()
        self._runs: dict[int, dict[str, list[Probe]]] = {}
        self._usual: set[str] = set()
        self._everywhere: set[str] = set()

    def look(self, raw: bytes) -> None:
        """Look at an envelope."""
        for number, part in parts(raw):
            self._arrived.add(number)
            probes = self.batches[number].probes
            if number == 0:
                texts = texts_of(part)
                self._usual |= texts
                text = seen(texts)
                self._everywhere |= {text[start : start + corpus.RUN] for start in range(len(text))}
            elif self._close and b'"breadcrumbs"' in part:
                for probe, text in zip(probes, _breadcrumbs(part), strict=True):
                    self._search(_runs_of([probe]), text)
            else:
                if number not in self._runs:
                    self._runs[number] = _runs_of(probes)
                self._search(self._runs[number], seen(texts_of(part) - self._usual))

    def _search(self, runs: dict[str, list[Probe]], text: str) -> None:
        there = {text[start : start + corpus.RUN] for start in range(len(text))} - self._everywhere
        leaked = sorted(runs.keys() & there, key=text.find)
        for run in reversed(leaked):  # the first one is shown
            where = text.find(run)
            for probe in runs[run]:
                self.leaks[probe] = text[max(where - 60, 0) : where + 40].replace("\0", " | ")

    @property
    def probes(self) -> list[Probe]:
        """All that was put somewhere."""
        return [probe for batch in self.batches for probe in batch.probes]

    @property
    def missing(self) -> list[Batch]:
        """The batches of which nothing arrived."""
        return [batch for number, batch in enumerate(self.batches) if number not in self._arrived]

    def rates(self, of: str) -> dict[str, tuple[int, int]]:
        """Return how many leaked of how many, by a field of the probes."""
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for probe in self.probes:
            name = getattr(probe, of)
            counts[name][0] += probe in self.leaks
            counts[name][1] += 1
        return {name: (leaked, all_) for name, (leaked, all_) in counts.items()}


def _runs_of(probes: Iterable[Probe]) -> dict[str, list[Probe]]:
    """Return what must not be seen, each with the probes whose secrets have it."""
    runs: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        for run in corpus.runs(probe.secret):
            runs[run].append(probe)
    return runs


def _breadcrumbs(raw: bytes) -> Iterator[str]:
    (event,) = (decoded for decoded in read(raw) if isinstance(decoded, dict) and "breadcrumbs" in decoded)
    for breadcrumb in event["breadcrumbs"]["values"]:
        yield seen(set(strings(breadcrumb)))
