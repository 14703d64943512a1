"""The table of options: where each is read from, and what is said when it cannot be used."""

import dataclasses
import errno
import inspect
import json
import os
import posixpath
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import asab.config
import certificates
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sentry_sdk.consts import ClientConstructor
from test_option_types import END

from asab_sentry.config import fingerprint_rules, masking, option_types, options, patterns
from asab_sentry.config.options import Options, Row
from asab_sentry.config.raw_options import uncommented
from asab_sentry.config.reading import ConfigError, load
from asab_sentry.sdk import version

DSN = "https://public@sentry.io/1"
PEM = certificates.of_the_run()
TABLE = dict(options.table())
SECRET = "s3cr3tk3y"

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine is, is not what is tested."""


@dataclasses.dataclass
class Example:
    """Texts of an option: accepted ones with their value, and refused ones."""

    valid: dict[str, Any]
    invalid: tuple[str, ...] = ()


def _names(*invalid: str) -> Example:
    return Example({"one": ("one",), "one two\n  three": ("one", "two", "three"), "one, two": ("one", "two")}, invalid)


def _boolean(value: str) -> Example:
    return Example({value: value == "yes"}, ("perhaps", "2"))


def _rate() -> Example:
    return Example({"0.5": 0.5, "0": 0.0, "1": 1.0}, ("1.5", "-1", "half", "nan"))


def _hook() -> Example:
    return Example({"posixpath:join": posixpath.join}, ("json", "no_such_module:hook", "json:nothing", "json:dumps"))


def _sampler() -> Example:
    return Example({"json:dumps": json.dumps}, ("json", "json:nothing", "json:__name__", "operator:add"))


HOOKS = {option_types.HOOK, option_types.SAMPLER}

EXAMPLES = {
    "dsn": Example({DSN: DSN}, ("nonsense", "https://sentry.io/1", "https://key@sentry.io/x", "ftp://key@sentry.io/1")),
    "environment": Example({"production": "production"}, ("a/b", "..", "None", "x" * 65, "a\n  b")),
    "release": Example({"app@1.2.3": "app@1.2.3"}, ("a\\b", ".", "latest", "x" * 201, "a\tb")),
    "dist": Example({"42": "42", "1.2-rc_3": "1.2-rc_3"}, ("a\x00b", "a b", "a+b", "ä", "x" * 65)),
    "server_name": Example({"host-1": "host-1"}, ("x" * 201,)),
    "sample_rate": _rate(),
    "traces_sample_rate": _rate(),
    "profile_session_sample_rate": _rate(),
    "profile_lifecycle": Example({"Manual": "manual"}, ("auto",)),
    "profiles_sample_rate": _rate(),
    "max_breadcrumbs": Example({"7": 7, "0": 0}, ("-1", "many")),
    "attach_stacktrace": _boolean("no"),
    "send_default_pii": _boolean("yes"),
    "max_request_body_size": Example({"Small": "small", "always": "always"}, ("huge", "1000")),
    "include_local_variables": Example({"no": False, "Own": "own"}, ("perhaps", "2", "mine")),
    "hide_variables": Example(
        {"myapp.models.* torch.Tensor": ("myapp.models.*", "torch.Tensor")}, ("myapp:Person", "Person()", "a..b")
    ),
    "max_value_length": Example({"5000": 5000}, ("0", "1.5")),
    "ignore_errors": _names("one;two", "*Error"),
    "in_app_include": _names("shop.*", "src/shop"),
    "in_app_exclude": _names("shop.*"),
    "http_proxy": Example({"http://user:password@proxy:3128": "http://user:password@proxy:3128"}, ("proxy:3128",)),
    "https_proxy": Example({"https://proxy": "https://proxy"}, ("proxy:3128",)),
    "ca_certs": Example({PEM: PEM}, ("/no/such/file", __file__)),
    "cert_file": Example({PEM: PEM}, ("/no/such/file", __file__)),
    "key_file": Example({PEM: PEM}, ("/no/such/file",)),
    "keep_alive": _boolean("yes"),
    "shutdown_timeout": Example({"1m": 60.0, "500ms": 0.5}, ("soon", "-1")),
    "auto_session_tracking": _boolean("no"),
    "apdex_threshold": Example({"300ms": 0.3, "off": None}, ("0", "soon")),
    "unretrieved_after": Example({"1m": 60.0, "500ms": 0.5, "off": None}, ("0", "never")),
    "unclean_exit": _boolean("no"),
    "debug": _boolean("yes"),
    "before_send": _hook(),
    "before_send_transaction": _hook(),
    "before_send_span": _hook(),
    "before_breadcrumb": _hook(),
    "before_send_log": _hook(),
    "before_send_metric": _hook(),
    "traces_sampler": _sampler(),
    "error_sampler": _hook(),
    "functions_to_trace": Example(
        {"posixpath.relpath textwrap.TextWrapper.fill": ("posixpath.relpath", "textwrap.TextWrapper.fill")},
        ("load", "shop:load"),
    ),
    "trace_ignore_status_codes": Example({"404 500-502": frozenset({404, 500, 501, 502})}, ("600", "five")),
    "enable_db_query_source": _boolean("no"),
    "db_query_source_threshold_ms": Example({"50": 50}, ("-1", "1s")),
    "enable_http_request_source": _boolean("no"),
    "http_request_source_threshold_ms": Example({"50": 50}, ("-1", "1s")),
    "strict_trace_continuation": _boolean("yes"),
    "org_id": Example({"4711": "4711"}, ("shop",)),
    "enable_backpressure_handling": _boolean("no"),
    "send_client_reports": _boolean("no"),
    "transport_queue_size": Example({"7": 7}, ("0", "many")),
    "disabled_integrations": Example({"threading stdlib": ("threading", "stdlib")}, ("threading nothing",)),
    "auto_enabling_integrations": _boolean("no"),
    "trace_propagation_targets": Example(
        {"^https://api": ("^https://api",), "internal": (patterns.INTERNAL,), "all": (".*",), "off": ()}, ("[",)
    ),
    "ignore_transactions": Example(
        {
            "/health": (f"(?s:.*) (?s:/health){END}",),
            "GET /a/*, /b": (f"(?s:GET) (?s:/a/.*){END}", f"(?s:.*) (?s:/b){END}"),
        },
        ("health", "GET health"),
    ),
    "failed_request_status_codes": Example(
        {"404 500-502": frozenset({404, 500, 501, 502}), "503": frozenset({503})},
        ("600", "500-", "99", "five", "502-500"),
    ),
    "breadcrumbs": Example({"debug": 10, "NOTICE": 25, "35": 35, "off": None}, ("loud", "-1")),
    "events": Example({"notice": 25, "Critical": 50, "off": None}, ("loud", "1.5")),
    "logs": Example({"info": 20, "off": None}, ("loud", "-1")),
    "ignore": _names("kazoo; noisy", "kazoo;noisy"),
    "log_tags": Example({"one": ("one",), "tenant, order": ("tenant", "order")}, ("a/b", "tenant release")),
    "log_ids": _boolean("yes"),
    "issue_events": Example({"7": 7, "off": None}, ("0", "-1", "some")),
    "total_events": Example({"50": 50, "off": None}, ("0", "1.5")),
    "interval": Example({"2m": 120.0, "500ms": 0.5}, ("0", "soon", "-1", "1M")),
    "loop_blocked": Example({"1m": 60.0, "500ms": 0.5, "off": None}, ("0", "never")),
    "directory": Example({"/var/spool": "/var/spool", "": ""}, ("a\x00b",)),
    "max_bytes": Example({"32M": 32_000_000, "5000": 5000}, ("0", "much", "-1")),
    "max_envelopes": Example({"5": 5}, ("0", "many")),
    "max_age": Example({"1d": 86400.0, "30s": 30.0}, ("0", "old")),
    "fsync": _boolean("yes"),
    "housekeeping": Example({"shop-housekeeping": "shop-housekeeping"}, ("With Space", "a" * 51)),
    "heartbeat": Example({"shop_1": "shop_1"}, ("Shop", "shop/1")),
    "denylist": Example({"iban card_holder": ("iban", "card_holder")}, ("iban --",)),
    "allowlist": Example({"session": ("session",)}, ("_",)),
    "patterns": Example({r"\d{6}/\d{4} IBAN\w+": (r"\d{6}/\d{4}", r"IBAN\w+")}, ("[", "x*")),
    "personal": Example(
        {"ip Email": ("email", "ip"), "email\n phone ip iban": ("email", "phone", "ip", "iban")}, ("name", "email,fax")
    ),
    "fingerprints": Example(
        {
            "logger:kazoo* = zookeeper-away": (fingerprint_rules.parse("logger:kazoo* = zookeeper-away"),),
            'type:A message:"*b c*" = d {{ default }}\n\n  logger:e -> "f g", h': (
                fingerprint_rules.parse('type:A message:"*b c*" = d, {{ default }}'),
                fingerprint_rules.parse('logger:e = "f g" h'),
            ),
        },
        ("logger:kazoo*", "kazoo* = away", "path:a = b", "logger:a = {{ transaction }}", "logger:a =", 'logger:a = ""'),
    ),
    "api_url": Example({"https://sentry.example.com/base": "https://sentry.example.com/base"}, ("sentry", "https://")),
    "api_organization": Example({"acme": "acme"}, ("x" * 201,)),
    "api_project": Example({"shop": "shop"}, ("x" * 201,)),
    "api_auth_token": Example({"sntrys_abc=_x": "sntrys_abc=_x"}, ("two words", "\u0434")),
    "attach_config": Example({"yes": True}, ("maybe",)),
    "attach_log": Example({"200": 200}, ("-1", "all")),
    "attach_files": Example({"/etc/hostname /srv/*.conf": ("/etc/hostname", "/srv/*.conf")}, ("app.conf", "~/a")),
    "attach_levels": Example({"warning": 30, "off": None}, ("loud",)),
    "attachments_max_bytes": Example({"64k": 64000}, ("0",)),
}
"""Of each option at least one accepted text that is not its default, and a refused one unless it takes any."""


def config(ini: str) -> asab.config.ConfigParser:
    """Return a configuration that was read as `asab.Config` reads its files."""
    parser = asab.config.ConfigParser(interpolation=asab.config._Interpolation())
    # While a file is read, its directory is the value of ${THIS_DIR}.
    parser._load_dir_stack = ["."]
    parser.read_string(dedent(ini))
    del parser._load_dir_stack
    return parser


def written(row: Row, text: str, key: str | None = None, more: str = f"[other]\nx={DSN}") -> asab.config.ConfigParser:
    """Return a configuration in which an option has the given text."""
    parser = config(more)
    if not parser.has_section(row.section):
        parser.add_section(row.section)
    parser.set(row.section, key or row.key, text.replace("$", "$$"))
    return parser


def faults(ini: str | asab.config.ConfigParser, environ: dict[str, str] | None = None) -> list[str]:
    """Return the faults of a configuration that cannot be used."""
    with pytest.raises(ConfigError) as raised:
        load(config(ini) if isinstance(ini, str) else ini, environ or {})
    assert str(raised.value) == "\n".join(raised.value.faults)
    return raised.value.faults


def attempted(ini: asab.config.ConfigParser) -> list[str]:
    """Return the faults of a configuration, if it has any."""
    try:
        load(ini, {"SENTRY_DSN": DSN})
    except ConfigError as error:
        return error.faults
    return []


def rows(kind: str) -> list[Any]:
    """Return each example of all options as parameters: field, text and, of valid ones, the value."""
    found = []
    for name in TABLE:
        texts = getattr(EXAMPLES.get(name, Example({})), kind)
        for index, text in enumerate(texts):
            value = (texts[text],) if kind == "valid" else ()
            found.append(pytest.param(name, text, *value, id=f"{name}-{index}"))
    return found


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({"profile_session_sample_rate": "1"}, ", or profile_lifecycle = manual"),
        ({"profiles_sample_rate": "0.5"}, ""),
        ({"profile_session_sample_rate": "1", "profile_lifecycle": "manual"}, None),
        ({"profile_session_sample_rate": "1", "traces_sample_rate": "0.1"}, None),
        ({"profiles_sample_rate": "1", "traces_sampler": "operator:truth"}, None),
        ({"profile_session_sample_rate": "0"}, None),
    ],
)
def test_profiles_of_nothing(settings: dict[str, str], warned: str | None) -> None:
    """Who asks for profiles and has no transactions of which they could be is told so."""
    ini = "\n".join(["[sentry]", *(f"{key} = {value}" for key, value in settings.items())])
    warnings = [warning for warning in load(config(ini), {"SENTRY_DSN": DSN}).warnings if "without" in warning]
    name = next(iter(settings))
    told = f"[sentry] {name} does nothing without transactions: set [sentry] traces_sample_rate{warned}"
    assert warnings == ([] if warned is None else [told])


def test_certificates(tmp_path: Path) -> None:
    """A certificate needs its key, which nobody can give a password for; a key needs its certificate."""
    encrypted = certificates.certificate(tmp_path / "encrypted.pem", b"secret")
    other = certificates.certificate(tmp_path / "other.pem")

    def said(text: str) -> list[str]:
        try:
            return list(load(config(f"[sentry]\n{text}"), {"SENTRY_DSN": DSN}).warnings)
        except ConfigError as error:
            return error.faults

    assert said(f"cert_file={PEM}\nkey_file={PEM}") == []
    (fault,) = said(f"cert_file={PEM}\nkey_file={other}")
    reason = f"it holds no certificate in PEM whose key is in {other}, not encrypted"
    assert fault == f"[sentry] cert_file = '{PEM}': {reason}; accepted is the path of a file"
    (fault,) = said(f"cert_file={encrypted}")
    assert "whose key is in it, or in a key_file, not encrypted" in fault
    assert said(f"key_file={PEM}") == ["[sentry] key_file does nothing without a cert_file"]
    (fault,) = said(f"ca_certs={__file__}")
    assert "it holds no certificates in PEM" in fault


def test_every_option_has_examples() -> None:
    """Each option of the table has an accepted text other than its default and a refused one."""
    assert sorted(TABLE.keys() - EXAMPLES.keys()) == [], "options without examples in `EXAMPLES`"
    assert list(EXAMPLES) == list(TABLE), "`EXAMPLES` has the order of the table"
    for name in TABLE:
        assert any(value != getattr(Options(), name) for value in EXAMPLES[name].valid.values()), name
        assert EXAMPLES[name].invalid, name


def test_table_has_all_fields() -> None:
    """Each field of `Options` is an option of the table, but for the constant tags, integrations and warnings."""
    assert {each.name for each in dataclasses.fields(Options)} - set(TABLE) == {"tags", "integrations", "warnings"}


@pytest.mark.parametrize("name", TABLE)
def test_row(name: str) -> None:
    """Each option has a sentence, and no other option is written in the same place."""
    row = TABLE[name]
    assert row.text.endswith(".")
    places = [(row.section, key) for row in TABLE.values() for key in (row.key, *row.aliases)]
    places += [("environment", variable) for row in TABLE.values() for variable in row.variables]
    assert len(places) == len(set(places))


OWN = {
    "apdex_threshold",
    "ignore_transactions",
    "failed_request_status_codes",
    "hide_variables",
    "unclean_exit",
    "unretrieved_after",
}
"""What sentry-sdk decides elsewhere than in `init`, or not at all."""


PREFIXED = {"sentry:attachments", "sentry:api"}
"""Sections whose fields begin with the name of the section."""


def test_names_are_those_of_the_sdk() -> None:
    """Each option of [sentry] but the DSN has the name of an argument of `sentry_sdk.init`, and its field too."""
    # Of these sentry-sdk 3 has made one option of another kind, which is no text.
    arguments = {
        *inspect.signature(ClientConstructor.__init__).parameters,
        "include_local_variables",
        "send_default_pii",
    }
    for name, row in TABLE.items():
        if row.section == "sentry" and row.is_here:
            assert name in arguments | OWN, f"sentry-sdk has no argument {name}: `OWN` is to say so"
        others = {"dsn", "fingerprints", "log_ids", "log_tags", "loop_blocked"}
        assert row.key == name or name in others or row.section in PREFIXED
        assert not (row.sdk and row.section != "sentry")


def test_arguments_that_are_no_options() -> None:
    """Each argument of `sentry_sdk.init` is an option, or the documentation says why it is none."""
    page = (Path(__file__).parents[1] / "docs" / "options.md").read_text()
    section = page.partition("## Arguments of `sentry_sdk.init` that are no options")[2].partition("\n## ")[0]
    rows_of_it = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    said = {name for row in rows_of_it for name in re.findall(r"`(\w+)`", row)}
    arguments = set(inspect.signature(ClientConstructor.__init__).parameters) - {"self"}
    assert sorted(arguments - said - set(TABLE)) == [], (
        "arguments that are no options, without a reason in docs/options.md"
    )
    assert sorted(said & set(TABLE)) == [], "options of which docs/options.md says that they are none"


@pytest.mark.parametrize(("name", "text", "value"), rows("valid"))
def test_accepted(name: str, text: str, value: Any) -> None:
    """An accepted text in the ini file is the value of its field, also with a comment behind it."""
    row = TABLE[name]
    environ = {} if name == "dsn" else {"SENTRY_DSN": DSN}
    for commented in (text, f"{text}  # a comment", f"{text} ; a comment"):
        found = load(written(row, commented), environ)
        assert getattr(found, name) == value
        assert type(getattr(found, name)) is type(value)
        # Profiles need transactions, and a key its certificate, which other options are about.
        assert found.warnings == () or not row.is_here or "profile" in name or name == "key_file"


def test_rules_of_fingerprints() -> None:
    """Rules stand in the section by themselves, or one a line under a key; all faults of all lines are told."""
    by_themselves = """
        [sentry:fingerprints]
        logger:kazoo* = zookeeper-away  # ZooKeeper
        type:ConnectionError message:*mongo* = mongo-away
            type : TimeoutError = slow
        message:"*a = b*" = "c = d"
    """
    in_lines = """
        [sentry:fingerprints]
        rules=
            logger:kazoo* = zookeeper-away
            type:ConnectionError message:*mongo* = mongo-away

            type:TimeoutError = slow
            message:"*a = b*" = "c = d"
    """
    environ = {"SENTRY_DSN": DSN}
    rules = load(config(in_lines), environ).fingerprints
    assert [rule.fingerprint for rule in rules] == [("zookeeper-away",), ("mongo-away",), ("slow",), ("c = d",)]
    read = load(config(by_themselves.replace("type : T", "type:T")), environ)
    assert read.fingerprints == rules
    assert read.warnings == ()
    (fault,) = faults(by_themselves, environ)
    assert fault.startswith("[sentry:fingerprints] logger, type, message = ")
    assert "'type : TimeoutError = slow': it is not matchers = fingerprint; accepted are" in fault
    (warning,) = load(config("[sentry:fingerprints]\nlogr:a = b"), environ).warnings
    assert warning == "[sentry:fingerprints] logr is not known; did you mean logger?"


@pytest.mark.parametrize(("name", "text"), rows("invalid"))
def test_refused(name: str, text: str) -> None:
    """A refused text in the ini file is one fault with section, key, value and what is accepted."""
    row = TABLE[name]
    (fault,) = faults(written(row, text), {"SENTRY_DSN": DSN})
    shown = masking.masked(uncommented(text), row.kind)
    assert fault.startswith(f"[{row.section}] {row.key} = {shown!r}: ")
    assert fault.endswith(row.kind.accepts)
    assert fault.isprintable()


@pytest.mark.parametrize(
    ("name", "variable"),
    [(name, variable) for name, row in TABLE.items() for variable in row.variables if not variable.endswith("_FILE")],
)
def test_variable(name: str, variable: str) -> None:
    """An option is read from its environment variable when the ini file does not have it, and the ini file wins."""
    row, examples = TABLE[name], EXAMPLES[name]
    others = {} if name == "dsn" else {"SENTRY_DSN": DSN}
    ((text, value),) = examples.valid.items()
    assert getattr(load(config(""), others | {variable: f" {text} "}), name) == value
    (fault,) = faults("", others | {variable: examples.invalid[0]})
    assert fault.startswith(f"{variable} = '")
    assert fault.endswith(row.kind.accepts)
    assert getattr(load(written(row, text), others | {variable: examples.invalid[0]}), name) == value
    (fault,) = faults(written(row, examples.invalid[0]), others | {variable: text})
    assert fault.startswith(f"[{row.section}] {row.key} = ")


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.variables and name != "dsn"])
def test_empty_variable(name: str) -> None:
    """An empty environment variable is one that is not set."""
    empty = dict.fromkeys(TABLE[name].variables, " ")
    assert getattr(load(config(""), {"SENTRY_DSN": DSN} | empty), name) == getattr(Options(), name)


def test_defaults() -> None:
    """Where nothing is configured, the documented defaults hold."""
    found = load(config("[sentry]"), {"SENTRY_DSN": DSN})
    assert found == Options(dsn=DSN)
    assert (found.attach_stacktrace, found.include_local_variables, found.debug) == (True, True, False)
    assert (found.breadcrumbs, found.events, found.max_breadcrumbs, found.shutdown_timeout) == (20, 40, 100, 2.0)
    assert (found.sample_rate, found.traces_sample_rate, found.environment, found.release) == (None,) * 4


def test_for_sdk() -> None:
    """What sentry-sdk takes as it is goes there under its own name, lists as lists, and nothing that is not set."""
    values = {name: next(iter(each.valid.values())) for name, each in EXAMPLES.items()}
    given_to_sdk = Options(**values).for_sdk()
    assert given_to_sdk.keys() == {name for name, row in TABLE.items() if row.sdk and row.is_here}
    assert given_to_sdk.keys() <= inspect.signature(ClientConstructor.__init__).parameters.keys()
    for name, value in given_to_sdk.items():
        assert value == (list(values[name]) if isinstance(values[name], tuple) else values[name])
    assert None not in Options(dsn=DSN).for_sdk().values()


def test_all_faults_at_once() -> None:
    """All faults of ini, environment and constant tags are found in one pass, in the order of the table."""
    found = faults(
        """
        [sentry]
        sample_rate = 2
        environment = a/b
        debug = perhaps
        before_send = no_such_module:hook
        [sentry:logging]
        events = loud
        [sentry:tags]
        user = me
        fine = yes
        """,
        {"SENTRY_RELEASE": "latest"},
    )
    beginnings = [
        "No DSN",
        "[sentry] environment",
        "SENTRY_RELEASE = 'latest'",
        "[sentry] sample_rate",
        "[sentry] debug",
        "[sentry] before_send",
        "[sentry:logging] events",
        "[sentry:tags] user: Tag key 'user' is reserved",
    ]
    assert len(found) == len(beginnings)
    assert all(fault.startswith(beginning) for fault, beginning in zip(found, beginnings, strict=True)), found


def test_documented_example() -> None:
    """The documented example means what its comments say."""
    found = load(
        config(
            """
            [sentry]
            environment=production_hogwarts  # will be visible as a tag 'environment'

            [sentry:logging]
            breadcrumbs=info  # logging level for capturing breadcrumbs
            events=notice  # logging level for capturing events
            """
        ),
        {"SENTRY_DSN": DSN},
    )
    assert found == Options(dsn=DSN, environment="production_hogwarts", breadcrumbs=20, events=25)


class TestDsn:
    """Where the DSN comes from."""

    @pytest.mark.parametrize(
        ("ini", "environ", "dsn"),
        [
            (f"[sentry]\ndata_source_name={DSN}", {}, DSN),
            (f"[sentry]\ndsn={DSN} ; old name", {}, DSN),
            (f"[sentry]\ndata_source_name={DSN}\ndsn=nonsense", {}, DSN),
            ("[sentry]", {"SENTRY_DSN": f"{DSN}\n"}, DSN),
            ("", {"SENTRY_DSN": DSN}, DSN),
            (f"[sentry]\ndata_source_name={DSN}", {"SENTRY_DSN": "nonsense"}, DSN),
            (f"[sentry]\ndsn={DSN}", {"SENTRY_DSN": "nonsense", "SENTRY_DSN_FILE": "/no/such/file"}, DSN),
            ("", {"SENTRY_DSN": DSN, "SENTRY_DSN_FILE": "/no/such/file"}, DSN),
            ("[sentry]\ndata_source_name=", {}, ""),
            ("[sentry]\ndata_source_name=  # off", {}, ""),
            ("[sentry]\ndsn=", {}, ""),
            ("", {"SENTRY_DSN": ""}, ""),
            ("", {"SENTRY_DSN": " \n"}, ""),
            ("", {"SENTRY_DSN_FILE": ""}, ""),
        ],
    )
    def test_place(self, ini: str, environ: dict[str, str], dsn: str) -> None:
        """It is in the ini file, else in SENTRY_DSN, and set but empty it is off."""
        assert load(config(ini), environ).dsn == dsn

    @pytest.mark.parametrize("environ", [{}, {"SENTRY_DSN": ""}])
    def test_file(self, tmp_path: Path, environ: dict[str, str]) -> None:
        """Without any other it is the content of SENTRY_DSN_FILE."""
        (tmp_path / "dsn").write_text(f"{DSN}\n")
        assert load(config("[sentry]"), environ | {"SENTRY_DSN_FILE": str(tmp_path / "dsn")}).dsn == DSN

    def test_file_of_an_editor(self, tmp_path: Path) -> None:
        """A mark of the encoding before it, and the end of line of another system, are no part of it."""
        (tmp_path / "dsn").write_bytes(f"\ufeff{DSN}\r\n".encode())
        assert load(config("[sentry]"), {"SENTRY_DSN_FILE": str(tmp_path / "dsn")}).dsn == DSN

    def test_empty_file(self, tmp_path: Path) -> None:
        """An empty file switches Sentry off."""
        (tmp_path / "dsn").write_text("\n")
        assert load(config("[sentry]"), {"SENTRY_DSN_FILE": str(tmp_path / "dsn")}).dsn == ""

    def test_bad_content(self, tmp_path: Path) -> None:
        """A file that holds something else is a fault that names the file and keeps its content."""
        path = tmp_path / "dsn"
        path.write_text(f"https://{SECRET}@sentry.io/{SECRET}")
        (fault,) = faults("", {"SENTRY_DSN_FILE": str(path)})
        assert fault == f"content of SENTRY_DSN_FILE={path}: Invalid project; {option_types.DSN.accepts}"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [(None, "No such file or directory"), ("directory", "Is a directory"), (b"\xff", "it is not UTF-8")],
    )
    def test_unreadable(self, tmp_path: Path, content: Any, reason: str) -> None:
        """A file that cannot be read is a fault that says why."""
        path = tmp_path / "dsn"
        if content == "directory":
            path.mkdir()
        elif content:
            path.write_bytes(content)
        assert faults("", {"SENTRY_DSN_FILE": str(path)}) == [f"SENTRY_DSN_FILE={path}: cannot be read ({reason})"]

    def test_of_another_user(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of one that the user of the service may not read, the fault says which user that is."""

        def refuse(*_: Any, **__: Any) -> str:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(Path, "read_text", refuse)
        (fault,) = faults("", {"SENTRY_DSN_FILE": str(tmp_path / "dsn")})
        assert fault.endswith(f"cannot be read (Permission denied for user {os.geteuid()})")

    def test_dsn_in_the_place_of_its_file(self) -> None:
        """A DSN given as the name of its file is a fault that keeps the key."""
        (fault,) = faults("", {"SENTRY_DSN_FILE": f"https://{SECRET}@sentry.io/1"})
        assert fault == "SENTRY_DSN_FILE=https://***@sentry.io/1: cannot be read (No such file or directory)"

    def test_nothing_set(self) -> None:
        """Nothing set anywhere is one fault that names all three ways."""
        (fault,) = faults("[sentry]")
        assert all(name in fault for name in ("[sentry] data_source_name", "SENTRY_DSN,", "SENTRY_DSN_FILE"))


class TestSecrets:
    """Secrets of the configuration stay in it."""

    @CALM
    @given(
        before=st.text(alphabet="htps:/@. x\n", max_size=12),
        after=st.text(alphabet=":/@. x\n", max_size=4),
        rest=st.text(alphabet="sentry.io/1:@ ", max_size=12),
    )
    @example("https://", "", "sentry.io/x")
    @example("https:/", "", "sentry.io/1")
    @example("", ":x", "sentry.io/1")
    @example("https://x:", "/x", "sentry.io/1")
    @pytest.mark.parametrize("name", ["dsn", "http_proxy", "https_proxy"])
    def test_malformed(self, name: str, before: str, after: str, rest: str) -> None:
        """What stands before an @ in a malformed DSN or proxy is in no fault."""
        found = attempted(written(TABLE[name], f"{before}{SECRET}{after}@{rest}"))
        assert SECRET not in "".join(found)

    def test_key_alone(self) -> None:
        """A key in the place of the DSN is in no fault."""
        assert faults("", {"SENTRY_DSN": SECRET}) == [
            f"SENTRY_DSN = '***': Unsupported scheme; {option_types.DSN.accepts}",
        ]

    @pytest.mark.parametrize("text", [f"http://user:pa${SECRET}@proxy", f"http://user:${{{SECRET}}}@proxy", "a$"])
    def test_dollar(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A value that cannot be interpolated is a fault that says how to write it and keeps the value."""
        monkeypatch.setenv("THIS_DIR", "")  # ASAB sets it
        (fault,) = faults(f"[sentry]\nhttp_proxy = {text}", {"SENTRY_DSN": DSN})
        assert fault.startswith(
            (
                "[sentry] http_proxy: it refers to what is not there; ",
                "[sentry] http_proxy: a $ in it begins no reference; ",
            )
        )
        assert fault.endswith("accepted are ${section:option}, and $$ for a plain $")
        assert SECRET not in fault

    def test_dollar_doubled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A doubled $ is a plain one, and values of other sections and of the environment are filled in."""
        monkeypatch.setenv("THIS_DIR", "")
        monkeypatch.setenv("PROXY_HOST", "proxy")
        ini = """
        [sentry]
        http_proxy = http://user:$${passwords:proxy}$$@$PROXY_HOST
        environment = ${passwords:proxy}
        [passwords]
        proxy = open
        """
        found = load(config(ini), {"SENTRY_DSN": DSN})
        assert (found.http_proxy, found.environment) == ("http://user:${passwords:proxy}$@proxy", "open")


class TestConstantTags:
    """The section [sentry:tags]."""

    def test_read(self) -> None:
        """Each key is a tag, with its comment left out."""
        ini = f"[DEFAULT]\nno=tag\n[sentry]\ndsn={DSN}\n[sentry:tags]\nteam = core  # ours\nsite.zone=eu-1"
        assert load(config(ini), {}).tags == {"team": "core", "site.zone": "eu-1"}

    @pytest.mark.parametrize(
        ("line", "sentence"),
        [
            ("a b = c", "Tag key 'a b' may hold only letters, digits and _ . : -"),
            ("team =", "Tag 'team': value '' must not be empty"),
            ("team = # ours", "Tag 'team': value '' must not be empty"),
            ("team = a\n  b", "Tag 'team': value 'a\\nb' must not contain a newline"),
        ],
    )
    def test_refused(self, line: str, sentence: str) -> None:
        """A tag that breaks a rule is a fault."""
        (fault,) = faults(f"[sentry]\ndsn={DSN}\n[sentry:tags]\n{line}")
        assert fault == f"[sentry:tags] {line.partition(' =')[0]}: {sentence}"

    def test_broken_interpolation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A tag that cannot be interpolated is a fault."""
        monkeypatch.setenv("THIS_DIR", "")
        (fault,) = faults(f"[sentry]\ndsn={DSN}\n[sentry:tags]\nteam = ${{no:such}}")
        assert fault.startswith("[sentry:tags] team: there is no ${no:such}")


class TestUnknown:
    """Keys and sections that nobody reads."""

    @pytest.mark.parametrize(
        ("ini", "warning"),
        [
            ("[sentry]\nenviroment=x", "[sentry] enviroment is not known; did you mean environment?"),
            ("[sentry]\nDATA_SOURCE=x", "[sentry] data_source is not known; did you mean data_source_name?"),
            ("[sentry]\nzzz=x", "[sentry] zzz is not known and is left unread"),
            ("[sentry]\nevents=error", "[sentry] events is not known; did you mean [sentry:logging] events?"),
            ("[sentry]\nmax_bytes=1", "[sentry] max_bytes is not known; did you mean [sentry:spool] max_bytes?"),
            ("[sentry:loop]\nrelease=a", "[sentry:loop] release is not known; did you mean [sentry] release?"),
            ("[sentry:attachments]\nlogs=5", "[sentry:attachments] logs is not known; did you mean log?"),
            ("[sentry:logging]\nevent=error", "[sentry:logging] event is not known; did you mean events?"),
            ("[sentry:loging]\nevents=off", "[sentry:loging] is not known; did you mean [sentry:logging]?"),
            ("[sentry:tag]\na=b", "[sentry:tag] is not known; did you mean [sentry:tags]?"),
            ("[sentry:]", "[sentry:] is not known; did you mean [sentry]?"),
        ],
    )
    def test_named(self, ini: str, warning: str) -> None:
        """Each unknown key and section is a warning that names the nearest known one."""
        assert load(config(ini), {"SENTRY_DSN": DSN}).warnings == (warning,)

    @pytest.mark.parametrize(
        "ini", ["[sentry:tags]\nanything=x", "[sentryx]\nx=y", "[DEFAULT]\nx=y\n[sentry]", "[web]\nlisten=8080"]
    )
    def test_not_ours(self, ini: str) -> None:
        """Tags, defaults of the file and sections of others are no unknown keys."""
        assert load(config(ini), {"SENTRY_DSN": DSN}).warnings == ()


class TestUncommented:
    """Trailing comments, which ASAB's configuration leaves in values."""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("info  # level", "info"),
            ("info\t; level", "info"),
            ("# nothing", ""),
            (";", ""),
            ("https://host/#part", "https://host/#part"),
            ("a;b#c", "a;b#c"),
            ("a # b ; c", "a"),
            ("one  # first\n  two\n# third\nfour", "one\n  two\n\nfour"),
        ],
    )
    def test_examples(self, value: str, text: str) -> None:
        """A comment is what follows # or ; at the beginning of a line or behind white space."""
        assert uncommented(value) == text

    @CALM
    @given(
        st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(
            lambda text: text[0] not in "#;"
        ),
        st.sampled_from([" # ", "  ;", "\t#", ""]),
        st.text(alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"])),
    )
    def test_value_stays(self, value: str, mark: str, comment: str) -> None:
        """The value is what it would be without the comment."""
        assert uncommented(f"{value}{mark}{comment if mark else ''}") == value

    @CALM
    @given(st.text(alphabet="ab#; \t\n\x1c\x85") | st.text())
    def test_none_left(self, value: str) -> None:
        """No comment is left, and there is nothing more to take away."""
        text = uncommented(value)
        assert not re.search(r"(^|\s)[#;]", text, re.MULTILINE)
        assert uncommented(text) == text == text.strip()


@CALM
@given(
    st.sampled_from([name for name, row in TABLE.items() if row.kind not in HOOKS]),
    st.text(max_size=20),
)
@pytest.mark.filterwarnings("ignore::FutureWarning")  # of regular expressions that will mean something else
def test_any_text(name: str, text: str) -> None:
    """Any text of any option is a value or one fault of one line, and no other error."""
    found = attempted(written(TABLE[name], text))
    assert len(found) == len("".join(found).splitlines()) <= 1


def test_option_of_another_major_of_sentry_sdk() -> None:
    """An option that does nothing with the installed sentry-sdk is a warning that names what is in its place."""
    warning = "[sentry] before_send_{} does nothing with sentry-sdk {}; [sentry] before_send_{} is in its place"
    here, elsewhere = ("transaction", "span") if version.MAJOR == 2 else ("span", "transaction")
    assert load(config(f"[sentry]\ndsn={DSN}\nbefore_send_{here}=posixpath:join"), {}).warnings == ()
    warnings = load(config(f"[sentry]\ndsn={DSN}\nbefore_send_{elsewhere}=posixpath:join"), {}).warnings
    assert warnings == (warning.format(elsewhere, version.INSTALLED, here),)
