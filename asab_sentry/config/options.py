"""The table of all options.

`Options` is the only place that lists options; the reference page is written from it.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..sdk import version
from . import option_types, patterns
from .fingerprint_rules import MATCHERS, Rule
from .kind import Kind

Hook = Callable[..., Any]


class Row(NamedTuple):
    """A row of the table: where an option is written, what it accepts, where else it is read from, what it does."""

    section: str
    key: str
    kind: Kind
    text: str
    variables: tuple[str, ...] = ()
    sdk: bool = False
    """Given to `sentry_sdk.init` under the name of the field."""
    aliases: tuple[str, ...] = ()
    only: int | None = None
    """The one major of sentry-sdk with which it holds."""
    instead: str = ""
    """The option that holds in its place with others."""

    @property
    def is_here(self) -> bool:
        """Whether it holds with the installed sentry-sdk."""
        return self.only in {None, version.MAJOR}


def _option(key: str, kind: Kind, text: str, default: Any = None, *, section: str = "sentry", **more: Any) -> Any:
    return field(default=default, metadata={"row": Row(section, key, kind, text, **more)})


@dataclass(frozen=True, kw_only=True, repr=False)  # as long as the class, and slow to make
class Options:
    """What is configured. `None` means: not configured, the default of sentry-sdk holds."""

    dsn: str = _option(
        "data_source_name",
        option_types.DSN,
        "Where to send: the DSN of the project in Sentry. Set but empty: Sentry is off.",
        "",
        aliases=("dsn",),
        variables=("SENTRY_DSN", "SENTRY_DSN_FILE"),
        sdk=True,
    )
    environment: str | None = _option(
        "environment",
        option_types.ENVIRONMENT,
        "Name of the deployment, else SITE_ID.",
        variables=("SENTRY_ENVIRONMENT",),
    )
    release: str | None = _option(
        "release",
        option_types.RELEASE,
        "Version of the service, else `AppClass@version` from MANIFEST.json.",
        variables=("SENTRY_RELEASE",),
    )
    dist: str | None = _option("dist", option_types.DIST, "Build of the release, where one has several.", sdk=True)
    server_name: str | None = _option("server_name", option_types.NAME, "Name of the host, else ASAB's host name.")
    sample_rate: float | None = _option(
        "sample_rate", option_types.RATE, "Share of the error events that is sent.", sdk=True
    )
    traces_sample_rate: float | None = _option(
        "traces_sample_rate",
        option_types.RATE,
        "Share of the transactions that is sent. Not set: tracing is off.",
        sdk=True,
    )
    profile_session_sample_rate: float | None = _option(
        "profile_session_sample_rate", option_types.RATE, "Share of the processes that are profiled.", sdk=True
    )
    profile_lifecycle: str = _option(
        "profile_lifecycle",
        option_types.LIFECYCLE,
        "When these are profiled: during transactions, or when `sentry_sdk.profiler.start_profiler` says so.",
        "trace",
        sdk=True,
    )
    profiles_sample_rate: float | None = _option(
        "profiles_sample_rate",
        option_types.RATE,
        "Share of the transactions that are sent that have a profile of their own.",
        sdk=True,
        only=2,
        instead="profile_session_sample_rate",
    )
    max_breadcrumbs: int = _option(
        "max_breadcrumbs", option_types.COUNT, "How many breadcrumbs an event carries.", 100, sdk=True
    )
    attach_stacktrace: bool = _option(
        "attach_stacktrace",
        option_types.BOOLEAN,
        "Attach the caller's stack to events without an exception.",
        default=True,
    )
    send_default_pii: bool = _option(
        "send_default_pii",
        option_types.BOOLEAN,
        "Send who the user is: name and email, addresses, query values, cookies and all headers.",
        default=False,
    )
    max_request_body_size: str = _option(
        "max_request_body_size", option_types.BODY_SIZE, "Up to which size request bodies are sent.", "never", sdk=True
    )
    include_local_variables: bool | str = _option(
        "include_local_variables",
        option_types.VARIABLES,
        "Attach local variables to stack frames: to all, to none, or to the application's own.",
        default=True,
    )
    hide_variables: tuple[str, ...] = _option(
        "hide_variables",
        option_types.TYPES,
        "Types of values, or their modules, that are not shown in local variables.",
        (),
    )
    max_value_length: int = _option(
        "max_value_length",
        option_types.POSITIVE,
        "Longest text in an event, in bytes; longer ones are cut.",
        8192,
        sdk=True,
    )
    ignore_errors: tuple[str, ...] = _option(
        "ignore_errors",
        option_types.CLASSES,
        "Exception classes that are no events, by name or by full name.",
        (),
        sdk=True,
    )
    in_app_include: tuple[str, ...] = _option(
        "in_app_include",
        option_types.MODULES,
        "Modules that are the application too, beside its own package or folder.",
        (),
        sdk=True,
    )
    in_app_exclude: tuple[str, ...] = _option(
        "in_app_exclude", option_types.MODULES, "Modules that are not, though they are in its folder.", (), sdk=True
    )
    http_proxy: str | None = _option("http_proxy", option_types.URL, "Proxy for a DSN with http.", sdk=True)
    https_proxy: str | None = _option("https_proxy", option_types.URL, "Proxy for a DSN with https.", sdk=True)
    ca_certs: str | None = _option("ca_certs", option_types.CERTIFICATES, "File with certificates to trust.", sdk=True)
    cert_file: str | None = _option(
        "cert_file", option_types.FILE, "File with the client certificate that the server asks for.", sdk=True
    )
    key_file: str | None = _option("key_file", option_types.FILE, "File with the key of that certificate.", sdk=True)
    keep_alive: bool = _option(
        "keep_alive", option_types.BOOLEAN, "Keep idle connections alive by TCP.", default=False, sdk=True
    )
    shutdown_timeout: float = _option(
        "shutdown_timeout",
        option_types.SECONDS,
        "Longest time that sending may delay the end of the service.",
        2.0,
        sdk=True,
    )
    auto_session_tracking: bool = _option(
        "auto_session_tracking",
        option_types.BOOLEAN,
        "Count requests and tasks as sessions, for Sentry's release health.",
        default=True,
    )
    apdex_threshold: float | None = _option(
        "apdex_threshold",
        option_types.GRACE,
        "Up to when the answer to a request satisfies. Not set: Apdex is not counted.",
    )
    unretrieved_after: float | None = _option(
        "unretrieved_after",
        option_types.GRACE,
        "How long after it has failed a task that somebody keeps is an event, if nobody has asked for its result.",
        10.0,
    )
    unclean_exit: bool = _option(
        "unclean_exit",
        option_types.BOOLEAN,
        "Tell of a service that was killed or has crashed, with its last breadcrumbs. Needs a directory for the spool.",
        default=True,
    )
    debug: bool = _option(
        "debug",
        option_types.BOOLEAN,
        "Let sentry-sdk print what it does.",
        default=False,
        variables=("SENTRY_DEBUG",),
        sdk=True,
    )
    before_send: Hook | None = _option(
        "before_send", option_types.HOOK, "Sees each event last; returns it, or None to drop it."
    )
    before_send_transaction: Hook | None = _option(
        "before_send_transaction", option_types.HOOK, "The same for transactions.", only=2, instead="before_send_span"
    )
    before_send_span: Hook | None = _option(
        "before_send_span",
        option_types.HOOK,
        "Sees each span last and returns it; none can be dropped.",
        only=3,
        instead="before_send_transaction",
    )
    before_breadcrumb: Hook | None = _option(
        "before_breadcrumb", option_types.HOOK, "Sees each breadcrumb; returns it, or None to drop it."
    )
    before_send_log: Hook | None = _option(
        "before_send_log", option_types.HOOK, "Sees each log last; returns it, or None to drop it."
    )
    before_send_metric: Hook | None = _option(
        "before_send_metric", option_types.HOOK, "Sees each metric last; returns it, or None to drop it."
    )
    traces_sampler: Hook | None = _option(
        "traces_sampler", option_types.SAMPLER, "Decides which transactions are sent."
    )
    error_sampler: Hook | None = _option("error_sampler", option_types.HOOK, "Decides which error events are sent.")
    functions_to_trace: tuple[str, ...] = _option(
        "functions_to_trace", option_types.FUNCTIONS, "Functions whose calls are spans.", (), sdk=True
    )
    trace_ignore_status_codes: frozenset[int] | None = _option(
        "trace_ignore_status_codes",
        option_types.STATUSES,
        "HTTP statuses of the service whose transactions are not sent.",
        sdk=True,
        only=2,
    )
    enable_db_query_source: bool | None = _option(
        "enable_db_query_source", option_types.BOOLEAN, "Let spans of slow queries tell where they come from.", sdk=True
    )
    db_query_source_threshold_ms: int | None = _option(
        "db_query_source_threshold_ms", option_types.COUNT, "From how many milliseconds on a query is slow.", sdk=True
    )
    enable_http_request_source: bool | None = _option(
        "enable_http_request_source",
        option_types.BOOLEAN,
        "Let spans of slow outgoing requests tell where they come from.",
        sdk=True,
    )
    http_request_source_threshold_ms: int | None = _option(
        "http_request_source_threshold_ms",
        option_types.COUNT,
        "From how many milliseconds on such a request is slow.",
        sdk=True,
    )
    strict_trace_continuation: bool = _option(
        "strict_trace_continuation",
        option_types.BOOLEAN,
        "Continue traces of the own organization only.",
        default=False,
        sdk=True,
    )
    org_id: str | None = _option(
        "org_id", option_types.NUMBER, "Number of the organization, else that of the DSN.", sdk=True
    )
    enable_backpressure_handling: bool | None = _option(
        "enable_backpressure_handling",
        option_types.BOOLEAN,
        "Send fewer transactions while the server takes less than is captured.",
        sdk=True,
    )
    send_client_reports: bool | None = _option(
        "send_client_reports", option_types.BOOLEAN, "Tell the server how much was lost, and why.", sdk=True
    )
    transport_queue_size: int | None = _option(
        "transport_queue_size",
        option_types.POSITIVE,
        "How many transactions and the like may wait, in memory.",
        sdk=True,
    )
    disabled_integrations: tuple[str, ...] = _option(
        "disabled_integrations", option_types.INTEGRATIONS, "Integrations of sentry-sdk to leave out.", ()
    )
    auto_enabling_integrations: bool = _option(
        "auto_enabling_integrations",
        option_types.BOOLEAN,
        "Use sentry-sdk's integrations for libraries that are installed.",
        default=True,
        sdk=True,
    )
    trace_propagation_targets: tuple[str, ...] = _option(
        "trace_propagation_targets",
        option_types.TARGETS,
        "URLs whose requests carry the trace: the fleet's own (`internal`) by default.",
        (patterns.INTERNAL,),
        sdk=True,
    )
    ignore_transactions: tuple[str, ...] = _option(
        "ignore_transactions", option_types.TRANSACTIONS, "Requests that are never transactions.", ()
    )
    failed_request_status_codes: frozenset[int] = _option(
        "failed_request_status_codes",
        option_types.STATUSES,
        "HTTP statuses that are failures of the service, and so events, when they are raised.",
        frozenset(range(500, 600)),
    )
    breadcrumbs: int | None = _option(
        "breadcrumbs",
        option_types.LEVEL,
        "Log records from this level on are breadcrumbs.",
        20,
        section="sentry:logging",
    )
    events: int | None = _option(
        "events", option_types.LEVEL, "Log records from this level on are events.", 40, section="sentry:logging"
    )
    logs: int | None = _option(
        "logs", option_types.LEVEL, "Log records from this level on are logs of Sentry.", section="sentry:logging"
    )
    ignore: tuple[str, ...] = _option(
        "ignore",
        option_types.WORDS,
        "Loggers that are neither, with `*` for any characters.",
        (),
        section="sentry:logging",
    )
    log_tags: tuple[str, ...] = _option(
        "tags",
        option_types.TAG_KEYS,
        "Keys of struct_data that become tags of the event.",
        (),
        section="sentry:logging",
    )
    log_ids: bool = _option(
        "ids",
        option_types.BOOLEAN,
        "Add the id of its event to the struct_data of a record, for console and files.",
        default=False,
        section="sentry:logging",
    )
    issue_events: int | None = _option(
        "issue_events",
        option_types.BUDGET,
        "Events of one issue that are sent per interval.",
        10,
        section="sentry:limits",
    )
    total_events: int | None = _option(
        "total_events", option_types.BUDGET, "Events that are sent per interval in all.", 100, section="sentry:limits"
    )
    interval: float = _option(
        "interval", option_types.INTERVAL, "The time for which these budgets hold.", 60.0, section="sentry:limits"
    )
    loop_blocked: float | None = _option(
        "blocked",
        option_types.GRACE,
        "After so long, 50ms at least, an event loop that does not turn is an event, and a service that does not end.",
        5.0,
        section="sentry:loop",
    )
    directory: str | None = _option(
        "directory",
        option_types.DIRECTORY,
        "Where events wait until they are sent, else `sentry` in `[general] var_dir`. Set but empty: in memory.",
        section="sentry:spool",
    )
    max_bytes: int = _option(
        "max_bytes",
        option_types.SIZE,
        "How much may wait; the oldest is dropped first.",
        64_000_000,
        section="sentry:spool",
    )
    max_envelopes: int = _option(
        "max_envelopes", option_types.POSITIVE, "How many events may wait.", 10000, section="sentry:spool"
    )
    max_age: float = _option(
        "max_age", option_types.INTERVAL, "How long an event may wait.", 7 * 86400.0, section="sentry:spool"
    )
    fsync: bool = _option(
        "fsync",
        option_types.BOOLEAN,
        "Let events survive also a power failure; each then waits for the disk.",
        default=False,
        section="sentry:spool",
    )
    housekeeping: str | None = _option(
        "housekeeping", option_types.SLUG, "Monitor of ASAB's daily housekeeping.", section="sentry:monitors"
    )
    heartbeat: str | None = _option(
        "heartbeat",
        option_types.SLUG,
        "Monitor that hears each minute that the service is alive.",
        section="sentry:monitors",
    )
    denylist: tuple[str, ...] = _option(
        "denylist",
        option_types.KEYS,
        "Keys whose values are `[Filtered]`, beside those known.",
        (),
        section="sentry:privacy",
    )
    allowlist: tuple[str, ...] = _option(
        "allowlist",
        option_types.KEYS,
        "Keys whose values are sent, though they seem secret.",
        (),
        section="sentry:privacy",
    )
    patterns: tuple[str, ...] = _option(
        "patterns", option_types.FILTERS, "What is `[Filtered]` wherever a text matches.", (), section="sentry:privacy"
    )
    personal: tuple[str, ...] = _option(
        "personal",
        option_types.SHAPES,
        "What is `[Filtered]` in all texts by its shape: e-mail addresses, telephone numbers, IP addresses, numbers of "
        "bank accounts.",
        (),
        section="sentry:privacy",
    )
    fingerprints: tuple[Rule, ...] = _option(
        "rules",
        option_types.RULES,
        "Which events are one issue, one rule a line, the first that fits.",
        (),
        section="sentry:fingerprints",
        aliases=MATCHERS,
    )
    api_url: str | None = _option(
        "url",
        option_types.URL,
        "Address of Sentry for browsers, else the host of the DSN.",
        section="sentry:api",
        variables=("SENTRY_URL",),
    )
    api_organization: str | None = _option(
        "organization",
        option_types.NAME,
        "Organization of the project, its slug or number.",
        section="sentry:api",
        variables=("SENTRY_ORG",),
    )
    api_project: str | None = _option(
        "project",
        option_types.NAME,
        "The project, its slug or number, else that of the DSN.",
        section="sentry:api",
        variables=("SENTRY_PROJECT",),
    )
    api_auth_token: str | None = _option(
        "auth_token",
        option_types.TOKEN,
        "Token by which the commands ask Sentry; the service has no use for it.",
        section="sentry:api",
        variables=("SENTRY_AUTH_TOKEN", "SENTRY_AUTH_TOKEN_FILE"),
    )
    attach_config: bool = _option(
        "config",
        option_types.BOOLEAN,
        "Attach the effective configuration to events, without its secrets.",
        default=False,
        section="sentry:attachments",
    )
    attach_log: int = _option(
        "log", option_types.COUNT, "Attach so many of the last lines of the log.", 0, section="sentry:attachments"
    )
    attach_files: tuple[str, ...] = _option(
        "files", option_types.PATHS, "Files to attach, read when the event is made.", (), section="sentry:attachments"
    )
    attach_levels: int | None = _option(
        "levels", option_types.LEVEL, "To events from this level on.", 40, section="sentry:attachments"
    )
    attachments_max_bytes: int = _option(
        "max_bytes", option_types.SIZE, "Of all attachments of an event.", 1_000_000, section="sentry:attachments"
    )
    tags: Mapping[str, str] = field(default_factory=dict)
    """Constant tags: the whole section `[sentry:tags]`."""
    integrations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Arguments of integrations of sentry-sdk, by the names of these: the sections `[sentry:integration:*]`."""
    warnings: tuple[str, ...] = ()
    """What was noticed while reading, one sentence each."""

    @property
    def is_traced(self) -> bool:
        """Whether transactions are made."""
        return self.traces_sample_rate is not None or self.traces_sampler is not None

    @property
    def drawn_rate(self) -> float | None:
        """The rate of transactions that are sampled, by a number that is drawn; None where a sampler decides."""
        return self.traces_sample_rate if self.traces_sampler is None else None

    def for_sdk(self) -> dict[str, Any]:
        """Return the options that `sentry_sdk.init` takes as they are."""
        values = {name: getattr(self, name) for name, row in table() if row.sdk and row.is_here}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value is not None
        }


def table() -> Iterator[tuple[str, Row]]:
    """Yield the name of the field and the row of each option, in order."""
    for option in dataclasses.fields(Options):
        if "row" in option.metadata:
            yield option.name, option.metadata["row"]
