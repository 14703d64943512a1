"""Loggers that take `struct_data`, with the types of that."""

import logging
from collections.abc import Mapping  # for those who ask for the types at run time
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

ExcInfo: TypeAlias = "bool | BaseException | tuple[Any, Any, Any] | None"


class Log(Protocol):
    """A method of a logger as ASAB makes them: it takes `struct_data`, and no `stacklevel`."""

    def __call__(
        self,
        msg: object,
        *args: object,
        struct_data: Mapping[str, Any] | None = None,
        exc_info: ExcInfo = None,
        stack_info: bool = False,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Log."""


if TYPE_CHECKING:

    class Logger(logging.Logger):
        """A logger as ASAB makes them."""

        debug: Log  # type: ignore[assignment]
        info: Log  # type: ignore[assignment]
        warning: Log  # type: ignore[assignment]
        error: Log  # type: ignore[assignment]
        exception: Log  # type: ignore[assignment]
        critical: Log  # type: ignore[assignment]

        def log(  # type: ignore[override]
            self,
            level: int,
            msg: object,
            *args: object,
            struct_data: Mapping[str, Any] | None = None,
            exc_info: ExcInfo = None,
            stack_info: bool = False,
            extra: Mapping[str, object] | None = None,
        ) -> None:
            """Log at a level by its number, as `asab.LOG_NOTICE`."""

else:
    Logger = logging.Logger


def getLogger(name: str | None = None) -> Logger:
    """Return a logger as `logging.getLogger` does, of which type checkers know that it takes `struct_data`.

    ```python
    L = asab_sentry.getLogger(__name__)
    L.info("Reading the price list", struct_data={"file": "prices.csv"})
    ```

    A logger is of ASAB's class, which takes it, when it is asked for after ASAB was imported; this imports ASAB.
    """
    import asab.log  # noqa: PLC0415  # not before a logger is asked for: it changes the class of all later ones

    del asab
    return cast("Logger", logging.getLogger(name))
