"""Regular expressions that are compiled when the first text needs them: there are hundreds, and few texts need one."""

import re
import time
from typing import Any, cast

_spent = 0.0


def time_spent() -> float:
    """Return for how many seconds of CPU expressions were compiled so far, which is done once in a process."""
    return _spent


def compile_later(expression: str, flags: int = 0) -> re.Pattern[str]:
    """Return what looks like the result of `re.compile`, and is compiled when it is used first."""
    return cast("re.Pattern[str]", _Later(expression, flags))


class _Later:
    def __init__(self, expression: str, flags: int) -> None:
        self.pattern = expression
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        global _spent  # noqa: PLW0603  # it is of the process
        began = time.thread_time()
        compiled = re.compile(self.pattern, self._flags)
        _spent += time.thread_time() - began
        # From now on they are found without this method, as fast as those of the expression itself.
        vars(self).update({public: getattr(compiled, public) for public in dir(compiled) if public[0] != "_"})
        return getattr(compiled, name)
