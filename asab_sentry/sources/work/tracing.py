"""What is measured and what is not: at next to no cost where nothing is sent.

What is not sampled is no transaction at all. In its place stands `Nothing` (`sdk.spans`), so that nothing within it
becomes one, and a trace that tells the decision to whom is called from there.
"""

import sentry_sdk

from ...runtime.losses import count_lost
from ...sdk import traces
from ...sdk.spans import spans


def decide(rate: float | None, incoming: traces.Trace | None = None) -> tuple[bool, float | None]:
    """Return whether something may be sampled, and the number that was drawn for it.

    `rate` is the configured sample rate; None: a sampler is configured. `incoming` is the trace of the caller, if there
    is one. Where a sampler or the caller decides, no number is drawn, and sentry-sdk does the rest.
    """
    if rate is None:
        return True, None
    if incoming is None:
        number = traces.draw()
        return number < rate, number
    return incoming.parent_sampled is not False, None


def leave_out(scope: sentry_sdk.Scope, incoming: traces.Trace | None = None) -> None:
    """Let a scope have the trace of what is not sampled, that of a request if there is one; count what is left out."""
    traces.begin_unsampled(scope, incoming)
    count_lost("sample_rate", *spans.LEFT_OUT)
