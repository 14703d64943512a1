"""Where something was given up of which asyncio is told once it is gone, as an open session or a failed future.

Unless the collector has found it, that is where the last reference to it went.
"""

from types import FrameType

from ...runtime import stacks

HANDLER = "call_exception_handler"
"""The function of a loop that is told, in the place where the object goes or by its `__del__`."""


def find_dropper() -> FrameType | None:
    """Return the frame that gave up what the loop is being told of; None where that was none of the application."""
    frame = stacks.caller()
    while frame is not None and frame.f_code.co_name != HANDLER:
        frame = frame.f_back
    while frame is not None and frame.f_code.co_name in {HANDLER, "__del__"}:
        frame = frame.f_back
    if frame is None or stacks.is_end(frame):
        return None
    return stacks.keep(stacks.outward(frame))
