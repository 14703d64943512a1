"""Names that are not known, and which one was meant: one of nearly that name, of that beginning, or of that meaning."""

from collections.abc import Iterable

INTEGRATIONS = "; integrations of sentry-sdk have sections [sentry:integration:NAME]"
"""What is said to who would give some to `sentry_sdk.init`."""

ELSEWHERE = {
    "enable_logs": "; did you mean [sentry:logging] logs?",
    "enable_tracing": "; did you mean traces_sample_rate?",
    "enabled": "; an empty data_source_name switches Sentry off",
    "integrations": INTEGRATIONS,
    "level": "; did you mean [sentry:logging] events?",
    "log_level": "; did you mean [sentry:logging] events?",
    "version": "; did you mean release?",
    "with_locals": "; did you mean include_local_variables?",
}
"""What other versions, or other SDKs, call differently."""

MIN_BEGINNING = 3


def nearest(name: str, known: Iterable[str], form: str, otherwise: str = " and is left unread") -> str:
    """Return the end of a sentence on a name that is not known: which one was meant, in a form as in `[{}]`, if any."""
    names = list(known)
    begin_so = [other for other in names if len(name) >= MIN_BEGINNING and other.startswith(name)]
    if len(begin_so) == 1:
        return f"; did you mean {form.format(*begin_so)}?"
    import difflib  # noqa: PLC0415  # only where something is wrong: it is slow to import

    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {form.format(near[0])}?" if near else otherwise
