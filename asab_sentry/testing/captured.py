"""For the tests of your own services: what would have been sent, as plain dicts, and nothing on the network."""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sentry_sdk
import sentry_sdk.scope
import sentry_sdk.transport
import sentry_sdk.utils
from sentry_sdk.envelope import Envelope, Item

from ..client import Client
from ..delivery.counts import Counting, Counts
from ..delivery.payload import sendable
from ..sdk import segments
from . import matching, process_state

DSN = "https://public@sentry.invalid/1"
"""The DSN while capturing; there is no host of that name (RFC 2606)."""

MAX_TITLE = 100
"""Of an event in the `repr` of what was sent."""


class Sent:
    """What would have been sent up to now, oldest first."""

    is_connected = False
    """Whether a service was made that sends to it."""

    def __init__(self) -> None:
        self._items: list[tuple[str, dict[str, Any]]] = []

    def __repr__(self) -> str:
        """Return what a test that fails is to tell: the events in a few words, and how many there are of all else."""
        if not self._items:
            return f"<Sent: nothing{self._why}>"
        counts = Counter(kind for kind, _ in self._items)
        events = [f"event: {matching.title_of(event)[:MAX_TITLE]}" for event in self.events[: matching.MAX_SHOWN]]
        others = [f"{count} x {kind}" for kind, count in counts.items() if kind != "event"]
        more = [f"{len(self.events) - len(events)} x event"] if len(self.events) > len(events) else []
        return f"<Sent: {'; '.join(events + more + others)}>"

    @property
    def _why(self) -> str:
        return "" if self.is_connected else "; since the block began no SentryService was made that is on"

    def _of_type(self, kind: str) -> list[dict[str, Any]]:
        return [payload for item_type, payload in self._items if item_type == kind]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The error events and messages."""
        return self._of_type("event")

    @property
    def messages(self) -> list[str]:
        """The texts of the events: of the log record or message, else of the exception."""
        return [matching.message_of(event) for event in self.events]

    def one(
        self,
        *,
        level: str | None = None,
        type: str | None = None,  # noqa: A002  # as it is called in an event
        message: str | re.Pattern[str] | None = None,
        logger: str | None = None,
        transaction: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the one event that fits; if none or more do, raise AssertionError, which says in what each differs.

        ```python
        event = sent.one(level="error", type="ValueError")
        ```

        Args:
            level: Its level.
            type: The type of its exception.
            message: Its text (`messages`), or a compiled pattern that is found in it.
            logger: The logger of the record.
            transaction: The name of the transaction, as in `GET /shelf/{number}`.
            tags: Some of its tags.
        """
        __tracebackhide__ = True
        facts = {
            "level": level,
            "type": type,
            "message": message,
            "logger": logger,
            "transaction": transaction,
            "tags": tags,
        }
        wanted = {name: value for name, value in facts.items() if value is not None}
        return matching.one(self.events, wanted, otherwise=self._why)

    @property
    def transactions(self) -> list[dict[str, Any]]:
        """The transactions, each with its spans; of sentry-sdk 3, which sends spans only, put together from these."""
        return [*self._of_type("transaction"), *segments.transactions(self.spans)]

    @property
    def spans(self) -> list[dict[str, Any]]:
        """The spans of sentry-sdk 3, segments among them, as the server would read them."""
        sentry_sdk.get_client().flush(timeout=0)  # it collects them
        return [span for payload in self._of_type("span") for span in payload["items"]]

    @property
    def check_ins(self) -> list[dict[str, Any]]:
        """The check-ins of monitors."""
        return self._of_type("check_in")

    @property
    def breadcrumbs(self) -> list[dict[str, Any]]:
        """The breadcrumbs of all events and transactions, each once."""
        by_text: dict[str, dict[str, Any]] = {}
        for payload in self.events + self.transactions:
            for breadcrumb in (payload.get("breadcrumbs") or {}).get("values") or ():
                by_text[json.dumps(breadcrumb, sort_keys=True)] = breadcrumb
        return list(by_text.values())

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """The attachments of all events: `filename`, `content_type` and `content`, which is bytes."""
        return self._of_type("attachment")

    def clear(self) -> None:
        """Forget what was sent."""
        self._items.clear()

    def add(self, item: Item) -> None:
        """Keep an item of an envelope as the server would read it."""
        if item.type == "attachment":
            content = item.get_bytes()  # the type of a text is known when it was read
            facts = {key: item.headers.get(key) for key in ("filename", "content_type")}
            self._items.append((item.type, {**facts, "content": content}))
            return
        payload = sendable(item).get_bytes()
        if item.type is not None and payload.startswith(b"{"):
            self._items.append((item.type, json.loads(payload)))


class Recorder(Counting):
    """The far end: what is given to it is sent."""

    def __init__(self, sent: Sent, counts: Counts) -> None:
        super().__init__(counts=counts)
        self._sent = sent
        sent.is_connected = True

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep what is in an envelope."""
        for item in envelope.items:
            self._sent.add(item)


@contextlib.contextmanager
def capture(*, config: Mapping[str, Mapping[str, Any]] | None = None, args: Sequence[str] = ()) -> Iterator[Sent]:
    """Run a block in which a `SentryService` sends nothing; yields what it would have sent.

    ```python
    with asab_sentry.testing.capture() as sent:
        ShopApp().run()
    assert [event["level"] for event in sent.events] == ["error"]
    ```

    All else is real: levels, limits, hooks, scopes and the events themselves. Nothing is waited for: what was captured
    is there when the call returns. The DSN is `DSN`, the section `[sentry]` exists, and the watchdog of ASAB is off.
    An exception that leaves `run()` is an event, as where it ends the process, and is still raised.

    Applications that are made within the block end with it, and so does everything that they and the service changed
    in the process; tasks that are left are cancelled and have 5 seconds to end. An application that was made before
    keeps running, without Sentry.

    Args:
        config: Sections of the configuration, as in `{"sentry": {"environment": "test", "sample_rate": 0.5}}`; numbers,
            truth values and lists are written as in an ini file. What the configuration file of the application says
            holds against them.
        args: The command line that the application finds.
    """
    sent = Sent()
    with contextlib.ExitStack() as undo:
        undo.callback(setattr, Client, "make_transport", Client.make_transport)
        Client.make_transport = lambda _options, _config, counts: Recorder(sent, counts)
        process_state.begin(undo, written(config or {}), args, DSN)
        yield sent


def written(config: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return a configuration as one would write it into an ini file."""
    if not isinstance(config, Mapping) or not all(isinstance(options, Mapping) for options in config.values()):
        raise TypeError(f"config is a dict of sections, as in {{'sentry': {{'environment': 'test'}}}}, not {config!r}")
    return {section: {key: _text(value) for key, value in options.items()} for section, options in config.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)
