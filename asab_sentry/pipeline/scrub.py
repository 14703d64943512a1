"""What must not leave the machine: values of keys that name a secret."""

from sentry_sdk.scrubber import EventScrubber

from ..ready import ReadyDict


class Scrubber(EventScrubber):
    """sentry-sdk's scrubber for what it serializes; what is ready was filtered when it was made."""

    def __init__(self) -> None:
        super().__init__()
        # The same words; the SDK looks each key up in a list.
        self.denylist = frozenset(self.denylist)  # type: ignore[assignment]

    def scrub_dict(self, d: object) -> None:
        """Replace values of a dict by key."""
        if not isinstance(d, ReadyDict):
            super().scrub_dict(d)
