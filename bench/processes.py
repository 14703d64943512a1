"""The processes of a comparison: each answers a line with a line of JSON."""

import json
import subprocess
import sys
from typing import Any, Self


class Process:
    """`python -m MODULE ARGUMENTS`, which says a first line of JSON when it is ready."""

    def __init__(self, module: str, *arguments: str, python: str = sys.executable) -> None:
        self._process = subprocess.Popen(
            [python, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._module = module
        self.ready = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def ask(self, *words: object) -> dict[str, Any]:
        """Return the answer to a line of words."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"bench: a process of {self._module} ended early")
        answer: dict[str, Any] = json.loads(line)
        return answer
