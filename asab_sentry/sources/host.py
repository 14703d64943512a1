"""What a client works for."""

import configparser
import logging
from collections.abc import Callable
from typing import Any, Protocol

from ..config.options import Options
from .capture import Capture
from .health import Health


class Host(Protocol):
    """What a client works for: an application of ASAB, or another process as a whole."""

    app: Any
    """The application of ASAB, if it is one."""
    config: configparser.ConfigParser
    kind: type | None
    """The class whose package is the application."""
    begun: str
    """By what it began, in words that follow `before` and `after`."""
    folder: str | None
    """Where its code is, if there is no such class."""
    has_server: bool
    """Whether requests that aiohttp's server is given are handled by the application."""

    def formatter(self) -> logging.Formatter:
        """Return what writes log records that are attached."""

    def install(
        self, options: Options, capture: Capture, health: Health, tick: Callable[[], None]
    ) -> Callable[[], None]:
        """Begin to watch it, call `tick` now and then, and return the function that ends it."""

    def end(self) -> None:
        """Tell of what is left, before the end."""
