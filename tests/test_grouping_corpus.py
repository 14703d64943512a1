"""What Sentry's own grouping has said of the corpus holds for what is sent today (`make grouping` asks it anew)."""

from typing import Any

import pytest
from grouping import corpus


def comparable(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return fingerprint and frames; since Python 3.12 a list that is made has no frame of its own."""
    frames = [frame for frame in verdict["in_app"] if not frame.endswith(" in <listcomp>")]
    return {"fingerprint": verdict["fingerprint"], "in_app": frames}


@pytest.mark.parametrize("number", [1, 2])
def test_what_was_judged_is_what_is_sent(number: int) -> None:
    """For each cause the fingerprint and the frames of the application are those that Sentry has judged."""
    sent = {cause: comparable(corpus.sent(event)) for cause, event in corpus.run(number).items()}
    assert sent == {cause: comparable(verdict) for cause, verdict in corpus.judged().items()}


def test_culprits_are_of_the_service() -> None:
    """What Sentry takes for the culprit of an event is a function of the service, or the name of a request."""
    culprits = {cause: verdict["culprit"] for cause, verdict in corpus.judged().items()}
    # Where a library works in a task of its own, it is a function of the library.
    alone = {cause for cause, culprit in culprits.items() if culprit.startswith("asab.")}
    assert alone == {"bind", "jwks_no_keys", "jwks_refused", "jwks_status", "service_twice", "tenants"}
    own = ("__main__ in ", "helpers in ", "prices in ", "GET /")
    assert all(culprits[cause].startswith(own) for cause in culprits.keys() - alone)


def test_fingerprints_are_told_apart() -> None:
    """No two causes have one fingerprint."""
    fingerprints = [tuple(verdict["fingerprint"]) for verdict in corpus.judged().values() if verdict["fingerprint"]]
    assert len(set(fingerprints)) == len(fingerprints) > 20
