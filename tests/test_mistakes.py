"""What is written by mistake in a configuration is told, with what was meant."""

import configparser
import subprocess
import sys
from textwrap import dedent

import apps
import pytest

from asab_sentry.config import mistakes, near_names, options, reading

DSN = "https://0123456789abcdef@sentry.invalid/1"
SECTIONS = {row.section for _, row in options.table()} | {"sentry:tags"}


def read(ini, **environ):
    config = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
    config.read_string(dedent(ini))
    return reading.read(config, environ)


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("sentry_logging", "sentry:logging"),
        ("sentry.spool", "sentry:spool"),
        ("Sentry:limits", "sentry:limits"),
        ("sentyr", "sentry"),
        ("SENTRY", "sentry"),
        ("Sentry", "sentry"),
        ("senty", "sentry"),
        ("sentrry", "sentry"),
        ("esntry", "sentry"),
        (" sentry ", "sentry"),
        ("sentry-privacy", "sentry:privacy"),
        ("sentry/tags", "sentry:tags"),
        ("SentrySpool", "sentry:spool"),
        ("sentry logging", "sentry:logging"),
        ("sentyr:loging", "sentry:logging"),
    ],
)
def test_sections(section, name):
    """A section whose name is nearly one of this package's is a warning that says which one was meant."""
    found = read(f"[{section}]\nx=1\n[sentry]\n", SENTRY_DSN=DSN)
    assert found.warnings == (f"[{section}] is not known; did you mean [{name}]?",)


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("sentry:log", "[sentry:logging]"),
        ("sentry:attach", "[sentry:attachments]"),
        ("sentry:Spool", "[sentry:spool]"),
        ("sentry:", "[sentry]"),
        ("sentry:tracing", "[sentry]"),
    ],
)
def test_sections_by_their_keys(section, name):
    """A section that is not known is told with the one that begins so, or that has its keys."""
    read_so = read(f"[{section}]\ntraces_sample_rate=1\n[sentry]\n", SENTRY_DSN=DSN)
    assert read_so.warnings == (f"[{section}] is not known; did you mean {name}?",)


def test_sections_like_no_other():
    """Of a section that is like no other nothing is guessed; those of integrations are told how these are written."""
    ini = "[sentry]\n[sentry:performance]\nx=1\n[sentry:integration]\nredis=no\n[sentry:integrations:redis]\n"
    assert read(ini, SENTRY_DSN=DSN).warnings == (
        "[sentry:performance] is not known and is left unread",
        f"[sentry:integration] is not known{near_names.INTEGRATIONS}",
        f"[sentry:integrations:redis] is not known{near_names.INTEGRATIONS}",
    )


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("SENTRY_DSN=x", "it is a variable of the environment, the option is [sentry] data_source_name"),
        ("sentry_auth_token=x", "it is a variable of the environment, the option is [sentry:api] auth_token"),
        ("strict=yes", "did you mean strict_trace_continuation?"),
        ("enabled=no", "an empty data_source_name switches Sentry off"),
        ("enable_logs=yes", "did you mean [sentry:logging] logs?"),
        ("enable_tracing=yes", "did you mean traces_sample_rate?"),
        ("tags=team:a", "did you mean the section [sentry:tags]?"),
        ("logging=info", "did you mean the section [sentry:logging]?"),
        ("log_level=info", "did you mean [sentry:logging] events?"),
        ("version=1.2", "did you mean release?"),
        ("with_locals=no", "did you mean include_local_variables?"),
        ("integrations=redis", "integrations of sentry-sdk have sections [sentry:integration:NAME]"),
        ("max_bytes=1M", "did you mean [sentry:spool] max_bytes?"),
    ],
)
def test_keys(line, hint):
    """A key that is not known is told with what it is called here."""
    (warning,) = read(f"[sentry]\n{line}\n", SENTRY_DSN=DSN).warnings
    assert warning == f"[sentry] {line.partition('=')[0].lower()} is not known; {hint}"


@pytest.mark.parametrize(
    ("value", "reason"),
    [("${general:nothing}", "there is no ${general:nothing}"), ("${nowhere:x}-1", "there is no ${nowhere:x}")],
)
def test_references(value, reason):
    """What a value refers to and is not there is told by its name, unless it may be a part of a secret."""
    (fault,) = read(f"[sentry]\nenvironment={value}\n", SENTRY_DSN=DSN).faults
    assert fault.startswith(f"[sentry] environment: {reason}; accepted are ")
    (fault,) = read(f"[sentry]\ndsn={value.removesuffix('-1')}\n").faults
    assert fault.startswith(f"[sentry] dsn: {reason}; ")
    (fault,) = read(f"[sentry]\nhttp_proxy=http://joe:{value}@proxy\n", SENTRY_DSN=DSN).faults
    assert value[2:5] not in fault
    (fault,) = read("[sentry]\nenvironment=${environment}\n", SENTRY_DSN=DSN).faults
    assert fault.startswith("[sentry] environment: it refers to itself; ")


@pytest.mark.parametrize(
    "section",
    ["entry", "sentinel", "sentry_exporter", "Sentry.io", "sender", "sentences", "gentry", "century", "web", "", "--"],
)
def test_sections_of_others(section):
    """Sections of others are none of this package's business, also where they begin with the same letters."""
    assert mistakes.meant_section(section, SECTIONS) is None


def test_two_dsns():
    """Two DSNs in one section that differ are a warning that shows neither; the first one holds."""
    found = read(f"[sentry]\ndata_source_name={DSN}\ndsn={DSN}2\n")
    assert found.warnings == ("[sentry] dsn is another one than data_source_name, which holds",)
    assert found.options().dsn == DSN
    for same in (f"dsn={DSN}", "dsn=", f"dsn={DSN}  # the same"):
        assert read(f"[sentry]\ndata_source_name={DSN}\n{same}\n").warnings == ()


def test_functions_that_are_not_there():
    """A function whose calls are to be spans and that is not there is told, with why; sentry-sdk says nothing."""
    functions = "json.dumps json.JSONDecoder.decode json.dumbs jsen.dumps json.JSONDecoder.nothing"
    ini = f"[sentry]\nfunctions_to_trace={functions}\n"
    assert read(ini, SENTRY_DSN=DSN).warnings == tuple(
        f"[sentry] functions_to_trace: calls of {name} are no spans, as {why}"
        for name, why in (
            ("json.dumbs", "json has no dumbs"),
            ("jsen.dumps", "jsen cannot be imported (ModuleNotFoundError: No module named 'jsen')"),
            ("json.JSONDecoder.nothing", "json has no JSONDecoder.nothing"),
        )
    )
    assert read(ini, SENTRY_DSN="").warnings == ()


@pytest.mark.parametrize("mark", ['"', "'"])
def test_quotes(mark):
    """Quotes are a part of the value: where it is at fault for them that is said, else it is a warning."""
    dsn = f"{mark}{DSN}{mark}"
    for found in (read(f"[sentry]\ndsn={dsn}\n"), read("[sentry]\n", SENTRY_DSN=dsn)):
        (fault,) = found.faults
        assert ": it is in quotes, which are a part of the value; accepted is a DSN as in" in fault
        assert "0123456789abcdef" not in fault
    ini = f"[sentry]\nenvironment={mark}staging{mark}\n[sentry:tags]\nteam={mark}a{mark}\n"
    found = read(ini, SENTRY_DSN=DSN)
    assert found.faults == ()
    places = ["[sentry] environment", "[sentry:tags] team"]
    assert [warning.partition(" = ")[0] for warning in found.warnings] == places
    assert all(warning.endswith("it is in quotes, which are a part of the value") for warning in found.warnings)
    assert read(f"[sentry:privacy]\npatterns={mark}x{mark}\n", SENTRY_DSN=DSN).warnings == ()


@pytest.mark.parametrize("name", ["$SENTRY_DSN", "${DSN}", "$dsn"])
def test_name_of_a_variable(name):
    """A variable that holds the name of another one, as env files leave it, is said to be that."""
    (fault,) = read("[sentry]\n", SENTRY_DSN=name).faults
    assert "it is the name of a variable, which nothing expands here" in fault
    (warning,) = read("[sentry]\n", SENTRY_DSN=DSN, SENTRY_ENVIRONMENT=name).warnings
    assert warning == f"SENTRY_ENVIRONMENT = {name!r}: it is the name of a variable, which nothing expands here"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("%(site)s", "a %(name)s in it is not expanded; a reference is ${section:option}"),
        ("eu-%(site)s", "a %(name)s in it is not expanded; a reference is ${section:option}"),
        ("{{ site }}", "it is of a template, which nobody has filled in"),
        ("eu-{{site}}-1", "it is of a template, which nobody has filled in"),
    ],
)
def test_placeholders(value, what):
    """What another tool was to fill in and has not is a warning where it is accepted, else the reason of the fault."""
    found = read(f"[sentry]\nenvironment={value}\n[sentry:tags]\nsite={value}\n", SENTRY_DSN=DSN)
    assert found.faults == ()
    assert found.warnings == tuple(
        f"{place} = {value!r}: {what}" for place in ("[sentry] environment", "[sentry:tags] site")
    )
    (fault,) = read("[sentry]\n", SENTRY_DSN=value).faults
    assert fault.startswith(f"SENTRY_DSN = '***': {what}; accepted is a DSN")
    assert read(f"[sentry:privacy]\npatterns={value.replace(' ', '')}\n", SENTRY_DSN=DSN).warnings == ()


@pytest.mark.parametrize("line", ["[sentry:privacy]\npatterns=#\\d{6}", "[sentry]\ntrace_propagation_targets= ;none"])
def test_nothing_but_a_comment(line):
    """A regular expression that is read as a comment is told; with other options a comment alone is usual."""
    place = line.partition("=")[0].replace("\n", " ")
    (warning,) = read(f"{line}\n", SENTRY_DSN=DSN).warnings
    assert warning == f"{place} is nothing but a comment; a # that begins a value is written [#]"
    found = read("[sentry]\ndsn=  # in the environment\n[sentry:privacy]\npatterns=[#]\\d{6}\n", SENTRY_DSN=DSN)
    assert (found.warnings, found.options().patterns) == ((), (r"[#]\d{6}",))


def test_comment_of_a_variable():
    """A comment in a variable, as env files leave it there, is told; in an ini file it is none of the value."""
    (warning,) = read("[sentry]\n", SENTRY_DSN=DSN, SENTRY_ENVIRONMENT="staging  # of Prague").warnings
    assert warning == "SENTRY_ENVIRONMENT has a comment, which is a part of the value of a variable"
    assert read("[sentry]\nenvironment=staging  # of Prague\n", SENTRY_DSN=DSN).warnings == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("[sentry:monitors]\nheartbeat=$INSTANCE_ID-alive", "INSTANCE_ID is"),
        ("[sentry]\nenvironment=${SITE}", "SITE is"),
        ("[sentry]\nenvironment=${SITE}-$NODE_ID", "SITE, NODE_ID are"),
        ("[sentry]\ndsn=https://$SENTRY_KEY@sentry.invalid/1", "SENTRY_KEY is"),
        ("[sentry:tags]\nteam=$TEAM", "TEAM is"),
        ("[sentry:tags]\nteam=${TEAM}", "TEAM is"),
        ("[sentry]\nenvironment=${ENVIRONMENT}", "ENVIRONMENT is"),
        ("[sentry]\ndsn=${DSN}", "DSN is"),
    ],
)
def test_variables(line, names):
    """A variable that a value names and that is not set is told by its name."""
    (fault,) = read(line, SENTRY_DSN=DSN).faults
    assert f": {names} not set in the environment; " in fault


@pytest.mark.parametrize(
    "line",
    [
        "http_proxy=http://user:pa$WORD@proxy",
        "http_proxy=http://user:${WORD}@proxy",
        "dsn=https://k$word@sentry.invalid/1",
    ],
)
def test_variables_that_may_be_passwords(line):
    """What stands behind a $ in a value that may have a password in it is not told."""
    (fault,) = read(f"[sentry]\n{line}\n", SENTRY_DSN=DSN).faults
    assert "word" not in fault.lower()


def test_optional(tmp_path):
    """Without a section and a DSN, the service does nothing, says nothing, and each of its methods can be called."""
    run = apps.run(
        tmp_path,
        """
        class App(Base):
            async def main(self):
                service = self.Sentry
                service.set_tag("a", 1)
                with service.scope(), service.transaction("a", "b"), service.span("a", "b"), service.monitor("job"):
                    assert service.capture_message("nothing") is None
                assert (service.Enabled, service.Waiting, service.Dropped) == (False, 0, {})
                assert service.Sent["events"] == service.Sent["check_ins"] == 0
                assert (service.Identity.release, dict(service.Identity.tags)) == (None, {})
                assert service.Options.dsn == ""
                self.stop()
        """,
        dsn=None,
        ini="[general]\n",
    )
    assert (run.returncode, "asab_sentry" in run.stderr) == (0, False), run.stderr


def test_optional_but_misspelt(tmp_path):
    """A section that was meant to switch Sentry on is told at the start."""
    run = apps.run(
        tmp_path, "class App(Base):\n    async def main(self):\n        self.stop()\n", dsn=None, ini="[SENTRY]\n"
    )
    assert run.returncode == 0
    assert "[SENTRY] is not known; did you mean [sentry]?" in run.stderr


def test_variable_alone(far, tmp_path):
    """A DSN in the environment is enough for a service that is made always."""
    run = apps.run(
        tmp_path,
        """
        class App(Base):
            async def main(self):
                self.Sentry.capture_message("hello")
                self.stop()
        """,
        dsn=far.dsn,
        ini="[general]\n",
    )
    assert run.returncode == 0, run.stderr
    assert [event["message"] for event in far.events] == ["hello"]


def test_sections_of_others_cost_no_import():
    """A start with sections of others alone does not import what looks for mistakes."""
    code = (
        "import configparser, sys; from asab_sentry.config import reading; config = configparser.ConfigParser();"
        "config.read_string('[web]\\n[storage]\\n[asab:zookeeper]\\n[sentry]\\n[session]\\n[services]\\n');"
        "sys.modules.pop('difflib', None); reading.read(config, {'SENTRY_DSN': ''}); print('difflib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"
