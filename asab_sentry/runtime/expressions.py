"""Regular expressions that are compiled when the first text needs them: there are hundreds, and few texts need one."""

import re
from typing import Any, cast


def compile_later(expression: str, flags: int = 0) -> re.Pattern[str]:
    """Return what looks like the result of `re.compile`, and is compiled when it is used first."""
    return cast("re.Pattern[str]", _Later(expression, flags))


class _Later:
    def __init__(self, expression: str, flags: int) -> None:
        self.pattern = expression
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._flags)
        # From now on they are found without this method, as fast as those of the expression itself.
        vars(self).update({public: getattr(compiled, public) for public in dir(compiled) if public[0] != "_"})
        return getattr(compiled, name)
