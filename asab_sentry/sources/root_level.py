"""The level of the root logger: lowered for breadcrumbs, while handlers are given what they always were."""

import logging


class _Lowered(int):
    """A level that is known again by identity: whoever sets another one since then is heard."""


class Shown:
    """Lowers the level of the root logger, and tells what handlers would have been given without that."""

    def __init__(self, lowest: int) -> None:
        self.root = logging.getLogger()
        self.before = self.root.level
        self.lowered = _Lowered(lowest)
        if self.before > lowest:
            self.root.setLevel(self.lowered)

    def to_handlers(self, logger: logging.Logger) -> bool:
        """Return whether handlers would have been given a record below `before`, while the level is `lowered`."""
        # The record got here by the level of the root logger or by one that is set on the way there.
        above: logging.Logger | None = logger
        while above is not None and above is not self.root:
            if above.level:
                return True
            above = above.parent
        return False

    def restore(self) -> None:
        """Give the root logger its level back, where nobody else has set one."""
        if self.root.level is self.lowered:
            self.root.setLevel(self.before)
