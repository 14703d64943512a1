"""The black box of a process: what is kept of it, who is told of, and who looks whether it hangs."""

import contextlib
from collections.abc import Callable
from typing import Any

from ..config.identity import Identity
from ..config.options import Options
from ..delivery.transport import Transport
from ..pipeline.scrubbing.scrubber import Scrubber
from ..runtime.guards import attempt
from ..sources.asab.pubsub import subscribe
from ..sources.capture import Capture
from ..sources.host import Host
from .blocked_loop import LONGEST, BlockedLoop, interval_of
from .box import BlackBox
from .heir import Heir
from .last_words import breadcrumb
from .slow_end import SlowEnd
from .state import Phase, State
from .trail import Trail
from .watch import Watch

_UNKNOWN = "The black box does not tell how far this process has come"


class Recorder:
    """Puts it together."""

    def __init__(self, options: Options, identity: Identity, host: Host) -> None:
        self._options = options
        self._identity = identity
        self._app = host.app
        self.trail = Trail()
        self._box: BlackBox | None = None
        self._blocked: BlockedLoop | None = None
        self._slow: SlowEnd | None = None
        self._inherit: Callable[[], None] = lambda: None
        self._has_begun = self._is_running = False

    def install(
        self,
        transport: Transport | None,
        scrubber: Scrubber,
        capture: Capture,
        tell: Callable[[dict[str, Any]], object],
    ) -> Callable[[], None]:
        """Begin; return the function that ends it. `tell` captures the event of another process."""
        undo = contextlib.ExitStack()
        options, interval = self._options, LONGEST
        looks: list[Callable[[], None]] = []
        if options.loop_blocked is not None and self._app is not None:
            self._blocked = BlockedLoop(self._app.Loop, options.loop_blocked, capture)
            self._slow = SlowEnd(self._app.Loop, options.loop_blocked, capture, self._blocked, self._breadcrumbs)
            undo.callback(self._blocked.end)
            # First, as what reads a file before lets a loop go on that was blocked.
            looks += [self._blocked.look, self._slow.look]
            interval = interval_of(options.loop_blocked)
        if transport is not None and transport.storage.directory is not None:
            attempt("There is no black box", self._keep, transport, scrubber, tell, undo)
            if self._box is not None:
                looks += [transport.hold, self._box.tend, scrubber.refresh, self.trail.refresh]
        if self._app is not None:
            subscribers = {
                "Application.init!": self._begin,
                "Application.run!": self._run,
                "Application.tick!": self._run,  # where the service was made later than the others come
                "Application.stop!": self._stop,
            }
            for message, subscriber in subscribers.items():
                undo.callback(subscribe(self._app.PubSub, message, subscriber))
        else:
            self._inherit()
            if self._box is not None:
                self._box.enter(Phase.RUNNING)
        if looks:
            watch = Watch(looks, interval)
            undo.callback(watch.end)
            watch.start()
        return undo.close

    def _breadcrumbs(self) -> list[dict[str, Any]]:
        """Return the last ones of the process."""
        entries = [] if self._box is None else self._box.entries
        return [breadcrumb(entry) for entry in entries[max(len(entries) - self._options.max_breadcrumbs, 0) :]]

    def _keep(
        self,
        transport: Transport,
        scrubber: Scrubber,
        tell: Callable[[dict[str, Any]], object],
        undo: contextlib.ExitStack,
    ) -> None:
        options = self._options
        if options.unclean_exit:
            self._box = BlackBox(
                self.trail,
                scrubber.texts,
                lambda cgroup, now: State.own(self._identity, options.dist, cgroup, now, scrubber.text),
                lambda: transport.directory,
                transport.leave,
            )
            undo.callback(self._box.close)
        heir = Heir(tell if options.unclean_exit else None, options.max_breadcrumbs, options.max_age)
        self._inherit = lambda: transport.let_inherit(heir)

    def _begin(self, message_type: str) -> None:  # noqa: ARG002  # PubSub gives it
        # Not before, as the application has processors of events to add when it is made.
        self._has_begun = True
        attempt("What dead processes left is not looked for", self._inherit)

    def _run(self, message_type: str) -> None:
        if self._is_running:
            return
        self._is_running = True
        if not self._has_begun:
            self._begin(message_type)
        if self._box is not None:
            attempt(_UNKNOWN, self._box.enter, Phase.RUNNING)
        if self._blocked is not None:
            attempt("Nobody looks whether the event loop is blocked", self._blocked.begin)

    def _stop(self, message_type: str, *_: Any) -> None:  # noqa: ARG002
        self._is_running = True  # for the last time
        if self._box is not None:
            attempt(_UNKNOWN, self._box.enter, Phase.ENDING)
        if self._slow is not None:
            attempt("Nobody looks whether the service ends", self._slow.begin)

    def say_goodbye(self) -> None:
        """Take note that this process ends, and that nobody is to be told."""
        if self._box is not None:
            attempt(_UNKNOWN, self._box.say_goodbye)

    def come_back(self) -> None:
        """Go on after a good-bye that was none."""
        if self._box is not None:
            attempt(_UNKNOWN, self._box.come_back)
