"""The stacks that `faulthandler` writes when the interpreter crashes: into a file of ours, and read again."""

import contextlib
import faulthandler
import logging
import os
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ..delivery.descriptors import Descriptor
from ..patches import replace
from ..runtime.diagnostics import say

LONGEST = 200_000
"""Bytes that are read."""
MAX_THREADS = 100
MAX_FRAMES = 100

_error = re.compile(r"^Fatal Python error: (?:[\w.]+: )?(.+)$", re.MULTILINE)
_thread = re.compile(r"^(Current thread|Thread) (0x[0-9a-f]+)(?: \[(.*)\])? \(most recent call first\):$")
_frame = re.compile(r'^  File "(.+)", line (\d+) in (.+)$')


class Frame(NamedTuple):
    """A frame, as Python itself knows it."""

    path: str
    line: int
    function: str


class Thread(NamedTuple):
    """A thread with its frames, the innermost last."""

    ident: int
    crashed: bool
    frames: list[Frame]


class Crash(NamedTuple):
    """Why the interpreter crashed, and where its threads were."""

    reason: str
    threads: list[Thread]


class Faults:
    """Directs the output of `faulthandler` into a file, unless somebody else has a use for it."""

    def __init__(self) -> None:
        self._file: Descriptor | None = None
        self._path = ""
        self._written = 0
        self._undo: Callable[[], None] | None = None

    def direct(self, path: str) -> None:
        """Let a crash be written into a file from now on. Raises OSError."""
        if self._file is None and faulthandler.is_enabled():
            say(logging.INFO, "faulthandler was enabled before: the stack of a crash goes where it was directed to")
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_APPEND, 0o600)
        before, self._file, self._path = self._file, Descriptor.of(descriptor), path
        if self._undo is None:
            self._undo = replace(faulthandler, "enable", self._watched)
        self._enable(descriptor, all_threads=True)
        if before is not None:
            before.close()

    @property
    def is_lost(self) -> bool:
        """Whether somebody has closed the file: a crash would be written to what has its descriptor now."""
        return self._file is not None and not self._file.is_ours

    def restore(self) -> None:
        """Open the file again; where that fails a crash is written nowhere. Raises OSError."""
        try:
            self.direct(self._path)
        except OSError:
            self._file = None
            faulthandler.disable()
            raise

    def forget_survived(self) -> None:
        """Empty the file where it was written before the last call already: of that this process has not died.

        So it is with the first process of a container, for which the kernel ignores what would end another one.
        Raises OSError.
        """
        if self._file is None:
            return
        written = os.fstat(self._file.number).st_size
        if written and written == self._written:
            os.ftruncate(self._file.number, 0)
            written = 0
        self._written = written

    def _watched(self, enable: Callable[..., None]) -> Callable[..., None]:
        self._enable = enable

        def enabled(*args: Any, **kwargs: Any) -> None:
            enable(*args, **kwargs)
            ours, self._file = self._file, None
            if ours is not None:
                with contextlib.suppress(OSError):
                    ours.close()

        return enabled

    def end(self) -> None:
        """Write no crash any more, unless somebody else has a use for it."""
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()
        file, self._file = self._file, None
        if file is not None:
            faulthandler.disable()
            with contextlib.suppress(OSError):
                file.close()


def parse(text: str) -> Crash | None:
    """Return what `faulthandler` has written: frames, and from Python 3.12 on the names of extension modules."""
    error = _error.search(text)
    if error is None:
        return None
    threads: list[Thread] = []
    # The first process of a container survives the signal of `abort`, which crashes then in another way.
    again = _error.search(text, error.end())
    for line in text[error.end() : again and again.start()].splitlines():
        begin = _thread.match(line)
        if begin is not None:
            if len(threads) == MAX_THREADS:
                break
            threads.append(Thread(int(begin[2], 16), begin[1] != "Thread", []))
        elif threads and (frame := _frame.match(line)) is not None and len(threads[-1].frames) < MAX_FRAMES:
            threads[-1].frames.append(Frame(frame[1], int(frame[2]), frame[3]))
    for thread in threads:
        thread.frames.reverse()
    return Crash(error[1], threads)
