"""The stack of the caller, for events that carry no exception."""

import logging
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import asab.log
import sentry_sdk
import sentry_sdk.utils

MAX_FRAMES = 100

_package = str(Path(__file__).parents[1])
_machinery = (_package, str(Path(sentry_sdk.__file__).parent), logging.__file__, asab.log.__file__)


def caller() -> FrameType | None:
    """Return the frame that called into logging, sentry-sdk or this package."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # as logging itself does
    while frame is not None and frame.f_code.co_filename.startswith(_machinery):
        frame = frame.f_back
    return frame


def threads(options: dict[str, Any]) -> dict[str, Any]:
    """Return the caller's stack as the `threads` of an event; `options` are those of the SDK's client."""
    frames: list[dict[str, Any]] = []
    frame = caller()
    while frame is not None and len(frames) < MAX_FRAMES:
        frames.append(
            sentry_sdk.utils.serialize_frame(
                frame,
                include_local_variables=options["include_local_variables"],
                include_source_context=options["include_source_context"],
                max_value_length=options["max_value_length"],
            )
        )
        frame = frame.f_back
    frames.reverse()
    thread = {"stacktrace": {"frames": frames}, "crashed": False, "current": True}
    return {"values": [{**thread, "name": threading.current_thread().name}]}
