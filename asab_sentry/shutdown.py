"""How the work of a client ends: what waits is sent as long as there is time, and kept where it cannot be sent."""

import atexit
import contextlib
import time
from collections.abc import Callable

from .blackbox.recorder import Recorder
from .delivery.transport import Transport
from .pipeline.gate import Gate
from .runtime.finalizing import refuse_threads
from .runtime.guards import attempt
from .sdk.client import SdkClient
from .sources.health import Health
from .sources.host import Host

_installed: "list[Shutdown]" = []


class Shutdown:
    """Ends one client. All that it waits for the server takes `timeout` seconds at most."""

    def __init__(
        self,
        sdk: SdkClient,
        *,
        timeout: float,
        gate: Gate,
        health: Health,
        recorder: Recorder,
        host: Host,
        catch_up: Callable[[], None],
    ) -> None:
        """`catch_up` makes an event of what has ended the program, where nobody else did."""
        self._sdk = sdk
        self._timeout = self._left = timeout
        self._gate = gate
        self._health = health
        self._recorder = recorder
        self._host = host
        self._catch_up = catch_up
        self._has_begun = self._has_told = False

    def install(self) -> Callable[[], None]:
        """End the work when the interpreter ends; return the function that takes that back."""
        undo = contextlib.ExitStack()
        _installed.append(self)
        undo.callback(_installed.remove, self)
        for step in (refuse_threads, self._end_at_exit):  # from the last to the first
            atexit.register(step)
            undo.callback(atexit.unregister, step)
        return undo.close

    @property
    def _kept(self) -> Transport | None:
        return kept(self._sdk)

    def flush(self, timeout: float | None = None) -> None:
        """Wait until what was captured is sent, at most `timeout` seconds (default: `shutdown_timeout`)."""
        self._sdk.flush(timeout=self._timeout if timeout is None else timeout)

    def run(self, longest: float | None = None) -> None:
        """Wait as `flush` does, at most `longest` seconds; all calls together take `shutdown_timeout` at most.

        The first call without `longest` says what is left then.
        """
        self._gate.tell(everything=True)
        self._health.send(everything=True)
        if not self._has_begun:
            self._has_begun = True
            if self._kept is not None:
                self._kept.take_over()  # as of children that have ended
        began = time.monotonic()
        self.flush(self._left if longest is None else min(self._left, longest))
        # Not what others wait for between two calls, as ASAB does for tasks that go on.
        self._left = max(self._left - (time.monotonic() - began), 0.0)
        if longest is None and not self._has_told and self._kept is not None:
            self._has_told = True
            self._kept.tell_left()

    def leave(self) -> None:
        """Leave what waits to others, without waiting for the server."""
        if self._kept is not None:
            self._kept.pause()
        self._keep_all()
        self._recorder.say_goodbye()

    def come_back(self) -> None:
        """Go on after a `leave` that was none."""
        if self._kept is not None:
            self._kept.resume()
        self._recorder.come_back()

    def end(self) -> None:
        """Do all that is to be done before the process ends."""
        attempt("What ended the program is not an event", self._catch_up)
        self._host.end()
        # First, as whoever ends the process from here on ends nothing but this waiting.
        self._recorder.say_goodbye()
        attempt("What waits is not sent at the end", self.run)
        self._keep_all()
        if self._kept is not None:
            attempt("The directory of this process is not removed", self._kept.leave)

    def _end_at_exit(self) -> None:
        try:
            self.end()
        except BaseException as interrupt:  # somebody has waited for long enough
            self._left = 0.0
            if not isinstance(interrupt, KeyboardInterrupt):
                raise

    def _keep_all(self) -> None:
        if self._kept is not None:
            attempt("What waits in memory is lost at the end", self._kept.keep_all, self._sdk.hand_over)


def _end_again() -> None:
    for shutdown in _installed.copy():
        shutdown._end_at_exit()  # noqa: SLF001  # of this module


# Before a client is made: what was registered since is called when that has ended, and may capture something.
atexit.register(_end_again)


def kept(sdk: SdkClient) -> Transport | None:
    """Return the transport, if it is one that keeps what it is given until the server has taken it."""
    transport = sdk.transport
    return transport if isinstance(transport, Transport) else None
