"""One use of a block: what happens when work begins, waits, goes on and ends."""

from typing import Any

from ...runtime.guards import attempt, complain


class Run:
    """One use of a block. What goes wrong here is said, and the work goes on without."""

    _is_open = False

    @staticmethod
    def otherwise() -> Any:
        """Return what a block is given where nothing is to happen."""
        return None

    def begin(self) -> Any:
        """Begin; return what the block is given."""
        try:
            value = self._begin()
        except Exception as error:
            complain("A block is not watched", error)
            return attempt("A block is given nothing", self.otherwise)
        self._is_open = True
        return value

    def end(self, error: BaseException | None) -> None:
        """End, in whatever context; `error` is what the work has ended by."""
        if self._is_open:
            self._is_open = False
            try:
                self._end(error)
            except Exception as failure:
                complain("A block is not watched", failure)

    def leave(self) -> None:
        """Take what holds within the run out of the current context: the work waits, and others work."""
        if self._is_open:
            try:
                self._leave()
            except Exception as failure:
                complain("A block is not watched", failure)

    def resume(self) -> None:
        """Put it into the current context, which need not be the one that it was taken out of."""
        if self._is_open:
            try:
                self._resume()
            except Exception as failure:
                complain("A block is not watched", failure)

    def __enter__(self) -> Any:
        return self.begin()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        self.end(error)

    def _begin(self) -> Any:
        raise NotImplementedError

    def _end(self, error: BaseException | None) -> None:
        raise NotImplementedError

    def _leave(self) -> None:
        """Nothing by default, as for runs of which nothing is in a context."""

    def _resume(self) -> None:
        """Nothing by default."""


def is_failure(error: BaseException | None) -> bool:
    """Return whether work that ended so has failed: not by `sys.exit()`, nor when a generator is closed."""
    if isinstance(error, SystemExit):
        return error.code is not None and not (type(error.code) is int and error.code == 0)
    return error is not None and not isinstance(error, GeneratorExit)
