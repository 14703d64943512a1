"""What a block of `service.transaction` or `service.span` is given: the same with each major of sentry-sdk."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from ..runtime.guards import never_raises


class Measurement(ABC):
    """A transaction or span that is under way, or nothing where it is not sampled. No method raises.

    What else the span of sentry-sdk has is an attribute of this, too; that differs from one major to the next.
    """

    __slots__ = ("_span",)

    def __init__(self, span: Any) -> None:
        object.__setattr__(self, "_span", span)

    def __getattr__(self, name: str) -> Any:
        if name == "_span":  # not yet, as while it is copied
            raise AttributeError(name)
        return getattr(self._span, name)

    @never_raises()
    def __setattr__(self, name: str, value: Any) -> None:
        if name in {"name", "_span"}:
            object.__setattr__(self, name, value)
        else:  # as `span.description = "store"`
            setattr(self._span, name, value)

    def __eq__(self, other: object) -> bool:
        return other is self._span or (isinstance(other, Measurement) and other._span is self._span)

    def __hash__(self) -> int:
        return hash(id(self._span))

    @property
    @never_raises(str)
    def name(self) -> str:
        """What Sentry groups it by; it can be set."""
        return str(self._name())

    @name.setter
    @never_raises()
    def name(self, name: str) -> None:
        self._rename(name)

    @property
    @never_raises(str)
    def trace_id(self) -> str:
        """The trace that it is in, 32 hexadecimal digits."""
        return str(self._span.trace_id)

    @property
    @never_raises(str)
    def span_id(self) -> str:
        """Its own id, 16 hexadecimal digits."""
        return str(self._span.span_id)

    @property
    def sampled(self) -> bool:
        """Whether it will be sent."""
        return bool(getattr(self._span, "sampled", False))

    @never_raises()
    def set_data(self, key: str, value: Any) -> None:
        """Set a value: a text, number, truth value or list of such."""
        self._set(key, value)

    @never_raises()
    def update_data(self, data: Mapping[str, Any]) -> None:
        """Set several values."""
        for key, value in data.items():
            self._set(key, value)

    @never_raises()
    def set_tag(self, key: str, value: Any) -> None:
        """Set a tag, by which Sentry can search."""
        self._set_tag(key, value)

    @never_raises()
    def set_status(self, status: str) -> None:
        """Say how it ended, as in `ok` or `internal_error`; sentry-sdk 3 has only ok and error."""
        self._set_status(status)

    @never_raises()
    def set_http_status(self, status: int) -> None:
        """Say how the request ended that it measures."""
        self._set_http_status(status)

    @never_raises()
    def set_context(self, key: str, value: Mapping[str, Any]) -> None:
        """Set a section of data."""
        self._set_context(key, value)

    @never_raises()
    def set_measurement(self, name: str, value: float, unit: str = "") -> None:
        """Set a number that was measured."""
        self._set_measurement(name, value, unit)

    # What each major of sentry-sdk does.

    @abstractmethod
    def _name(self) -> Any: ...

    @abstractmethod
    def _rename(self, name: str) -> None: ...

    @abstractmethod
    def _set(self, key: str, value: Any) -> None: ...

    @abstractmethod
    def _set_tag(self, key: str, value: Any) -> None: ...

    @abstractmethod
    def _set_status(self, status: str) -> None: ...

    @abstractmethod
    def _set_http_status(self, status: int) -> None: ...

    @abstractmethod
    def _set_context(self, key: str, value: Mapping[str, Any]) -> None: ...

    @abstractmethod
    def _set_measurement(self, name: str, value: float, unit: str) -> None: ...
