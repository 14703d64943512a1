"""`asab-sentry migrate`: what is left of asab.sentry is found, shown, and changed only when somebody says so."""

import json
import os
from textwrap import dedent

import programs
import pytest
from far import FarEnd
from test_docs import run as run_service

from asab_sentry.commands import leftovers, requirement_files

OPTIONS = ("-B", "-W", "error")


def migrate(path, *arguments):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENTRY_", "ASAB_"))}
    done = programs.run(["-m", "asab_sentry", "migrate", str(path), *arguments], cwd=path, env=kept, options=OPTIONS)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def written(tmp_path, source, name="shop.py"):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(dedent(source).encode())
    files = leftovers.look(tmp_path)
    for file in files:
        if file.content is not None:
            file.path.write_bytes(file.content)
    text = (tmp_path / name).read_bytes().decode()
    return text, [finding.advice for file in files for finding in file.findings if finding.advice]


TOP = """\
import asab
import asab.sentry


class ShopApp(asab.Application):
    def __init__(self):
        super().__init__()
        if "sentry" in asab.Config.sections():
            # Errors are told.
            self.SentryService = asab.sentry.SentryService(self)
"""


def test_dry_run(tmp_path):
    """Without --write each change is shown and none is made; the exit code says that something is left."""
    (tmp_path / "shop.py").write_text(TOP)
    (tmp_path / "requirements.txt").write_text("asab[monitoring]==25.1\n")
    done = migrate(tmp_path)
    assert done.returncode == os.EX_DATAERR
    lines = done.stdout.splitlines()
    assert "  - import asab.sentry" in lines
    assert "  + import asab_sentry" in lines
    assert "  + asab==25.1" in lines
    assert "  + asab-sentry" in lines
    assert lines[-1] == "4 changes, which --write makes; 0 to look at"
    assert (tmp_path / "shop.py").read_text() == TOP
    found = json.loads(migrate(tmp_path, "--json").stdout)
    assert ([change["line"] for change in found["changes"] if "shop" in change["path"]], found["written"]) == (
        [2, 8, 10],
        False,
    )


@pytest.mark.parametrize("ini", ["", "[sentry]\n"])
def test_written_service_reports_as_before(tmp_path, ini):
    """What was changed reports where it did before, with DSN in the environment alone too; then nothing is left."""
    end = "\n    async def main(self):\n        self.SentryService.capture_message('Hello')\n        self.stop()\n\n\n"
    (tmp_path / "shop.py").write_text(TOP + end + "ShopApp().run()\n")
    done = migrate(tmp_path, "--write")
    assert done.stdout.splitlines()[-1] == "3 changes are made; 0 to look at"
    assert done.returncode == 0
    assert migrate(tmp_path).stdout == "nothing is left of asab.sentry\n"
    (tmp_path / "shop.conf").write_text(ini)
    with FarEnd() as far:
        done = run_service(("shop.py", "-c", "shop.conf"), tmp_path, far)
    assert done.returncode == 0, done.stderr
    assert [event["message"] for event in far.events] == ["Hello"]


FORMS = {
    "import asab\nimport asab.sentry\n": "import asab\nimport asab_sentry\n",
    "import asab.sentry\nasab.Config\n": "import asab, asab_sentry\nasab.Config\n",
    "import asab.web, asab.sentry as s\n": "import asab.web, asab_sentry as s\n",
    "import asab.sentry as asab_sentry\n": "import asab_sentry\n",
    "from asab.sentry import SentryService as S\n": "from asab_sentry import SentryService as S\n",
    "from asab import sentry\nsentry.SentryService\n": "import asab_sentry as sentry\nsentry.SentryService\n",
    "import asab\nx = {'ü': asab.sentry.SentryService}  # asab.sentry\n": (
        "import asab\nx = {'ü': asab_sentry.SentryService}  # asab.sentry\n"
    ),
    "import asab\r\nimport asab.sentry\r\n": "import asab\r\nimport asab_sentry\r\n",
    "import asab.sentryish\nasab.sentrys\nfrom .asab import sentry\n": (
        "import asab.sentryish\nasab.sentrys\nfrom .asab import sentry\n"
    ),
    "import asab\n\x0cimport asab.sentry\n": "import asab\n\x0cimport asab_sentry\n",
    # Imported behind the question only, which stays.
    "import asab\nif 'sentry' in asab.Config.sections():\n    import asab.sentry as asab_sentry\n    f()\n": (
        "import asab\nif 'sentry' in asab.Config.sections():\n    import asab_sentry\n    f()\n"
    ),
}


@pytest.mark.parametrize("source", FORMS)
def test_forms(tmp_path, source):
    """Each form of import and use is changed into what means the same; what only looks like one stays."""
    text, left = written(tmp_path, source)
    assert text == FORMS[source]
    assert left == []


LOOKS = {
    "import asab, sentry_sdk\nsentry_sdk.init(dsn='x')\n": "remove it, and put options",
    "from sentry_sdk.integrations.logging import EventHandler\n": "remove it: log records",
    "from asab import sentry, Config\n": "give the name asab_sentry",
    "import asab\nimport asab.sentry\nif 'sentry' in asab.Config:\n    f()\nelse:\n    g()\n": "leave the `if`",
    "import asab\nimport asab.sentry\nif 'sentry' in asab.Config:\n    f('''\n  x''')\n": "leave the `if`",
    "class A:\n    def f(self):\n        return self.SentryService.DataSourceName\n": "DataSourceName is service.",
    "import importlib\nimportlib.import_module('asab.sentry')\n'asab.sentry is old'\n": "it is asab_sentry now",
    "from asab.sentry.service import SentryService\n": "it is asab_sentry now",
    "import asab.sentry.service\n": "it is asab_sentry now",
    "def f(self, sentry_svc):\n    return self.SentryService.Release, self.Web.Release, sentry_svc.NodeId\n": (
        'Release is service.Identity.release now; NodeId is service.Identity.tags["node_id"] now'
    ),
    "class A:\n    def f(self):\n        return self.Sentry.DataSourceName, self.Sentry.TracesSampleRate\n": (
        "DataSourceName is service.Options.dsn now; TracesSampleRate is service.Options.traces_sample_rate now"
    ),
}


@pytest.mark.parametrize("source", LOOKS)
def test_looks(tmp_path, source):
    """What a program cannot change safely is left for somebody to look at, with what to do."""
    _, (advice, *others) = written(tmp_path, source)
    assert advice.startswith(LOOKS[source])
    assert others == []


REQUIREMENTS = [
    ("requirements.txt", "asab[monitoring]>=25.1,<26\naiohttp\n", "asab>=25.1,<26\nasab-sentry\naiohttp\n"),
    ("requirements.txt", "asab[monitoring] == 25.1 ; os  # x", "asab == 25.1 ; os  # x\nasab-sentry\n"),
    ("requirements-dev.txt", "asab[git, monitoring]\r\n", "asab[git]\r\nasab-sentry\r\n"),
    ("requirements.txt", "asab[git]\n", "asab[git]\n"),
    ("pyproject.toml", 'needs = ["asab[monitoring]>=25", "x"]\n', 'needs = ["asab>=25", "asab-sentry", "x"]\n'),
    ("setup.py", "requires=['asab[monitoring]']\n", "requires=['asab', 'asab-sentry']\n"),
    ("setup.cfg", "requires =\n    asab[monitoring]\n    x\n", "requires =\n    asab\n    asab-sentry\n    x\n"),
    ("Dockerfile", "RUN pip install asab[monitoring]==25.1 x\n", "RUN pip install asab==25.1 asab-sentry x\n"),
    ("shop.Dockerfile", "RUN pip install 'asab[monitoring]' x\n", "RUN pip install 'asab' 'asab-sentry' x\n"),
    ("Dockerfile", "RUN pip install asab[monitoring]@git+x:a\n", "RUN pip install asab@git+x:a asab-sentry\n"),
    ("requirements.txt", "asab[monitoring] @ git+https://x/asab\n", "asab @ git+https://x/asab\nasab-sentry\n"),
    ("reqs-dev.in", "asab[monitoring]\n", "asab\nasab-sentry\n"),
    ("requirements/base.txt", "asab[monitoring]\n", "asab\nasab-sentry\n"),
    ("notes/base.txt", "asab[monitoring]\n", "asab[monitoring]\n"),
    ("pyproject.toml", 'n = ["asab[monitoring] @ git+https://x"]\n', 'n = ["asab @ git+https://x", "asab-sentry"]\n'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after"), REQUIREMENTS)
def test_requirements(tmp_path, name, before, after):
    """The extra that pins an old sentry-sdk goes, and asab-sentry comes beside it."""
    text, _ = written(tmp_path, before, name)
    assert text == after


def test_pinned_sdk(tmp_path):
    """A pinned sentry-sdk is to be looked at, also beside what is changed; one before 3 is none."""
    text = "sentry-sdk==1.45.0\nsentry-sdk\nsentry_sdk[flask]<2\nsentry-sdk<3\nsentry-sdk>=2.69.1\n"
    (tmp_path / "requirements.txt").write_text(text)
    (tmp_path / "pyproject.toml").write_text('needs = ["asab[monitoring]", "sentry-sdk<=1.45"]\n')
    pyproject, requirements = [file.findings for file in leftovers.look(tmp_path)]
    assert [(finding.line, finding.after) for finding in requirements] == [(1, None), (3, None)]
    assert [finding.after is None for finding in pyproject] == [False, True]


@pytest.mark.parametrize("name", ["pyproject.toml", "Pipfile"])
def test_requirements_in_tables(tmp_path, name):
    """Requirements that are tables, as of poetry and pipenv, are to be looked at."""
    text = 'asab = {version = "^25.1", extras = ["web", "monitoring"]}\nsentry-sdk = "^1.45"\nsentry-sdk = "*"\n'
    (tmp_path / name).write_text(text)
    (file,) = leftovers.look(tmp_path)
    advices = [requirement_files.EXTRA, requirement_files.PINNED]
    assert [(finding.line, finding.advice) for finding in file.findings] == [(1, advices[0]), (2, advices[1])]
    assert file.content is None


@pytest.mark.parametrize(
    ("text", "advised"),
    [
        ("RUN pip install \\\n  sentry-sdk \\\n  'asab[git] @ git+https://x/asab.git'\n", [2]),
        ("RUN pip install \\\n  sentry-sdk \\\n  git+https://x/asab.git\n", [2]),
        ("RUN pip install sentry-sdk asab-sentry asab\n", []),
        ("RUN pip install sentry-sdk flask\n", []),
        ("RUN pip install asab sentry-sdk-extras\n", []),
    ],
)
def test_sdk_without_the_extra(tmp_path, text, advised):
    """Where ASAB is installed with a sentry-sdk by hand, asab-sentry is to be installed in its place."""
    (tmp_path / "Dockerfile").write_text(text)
    findings = [finding for file in leftovers.look(tmp_path) for finding in file.findings]
    assert [finding.line for finding in findings] == advised
    assert {finding.advice for finding in findings} <= {requirement_files.INSTEAD}


def test_requirements_in_yaml(tmp_path):
    """Requirements of an environment of conda are to be looked at."""
    (tmp_path / "environment.yml").write_text("dependencies:\n  - pip:\n      - asab[monitoring]\n")
    (file,) = leftovers.look(tmp_path)
    assert [(finding.line, finding.advice) for finding in file.findings] == [(3, requirement_files.EXTRA)]


def test_question_behind_which_is_an_import(tmp_path):
    """Where some other module was imported that adds the section, a question behind which is an import is told."""
    (tmp_path / "other.py").write_text("import asab.sentry\n")
    text, (advice,) = written(
        tmp_path, "import asab\nif 'sentry' in asab.Config.sections():\n    import asab.sentry as asab_sentry\n"
    )
    assert "if 'sentry'" in text
    assert advice.startswith("leave the `if` out")


def test_what_is_not_the_projects(tmp_path):
    """Environments, hidden folders, what is no Python and what cannot be decoded are passed over."""
    for folder in (".venv", "venv", "node_modules", ".git"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text("import asab.sentry\n")
    (tmp_path / "old.py").write_text("print 'asab.sentry'\nimport asab.sentry\n")
    (tmp_path / "odd.py").write_bytes(b"import asab.sentry\n\xff\xfe\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "venv" / "a.py")
    assert leftovers.look(tmp_path) == []
    (tmp_path / "latin.py").write_bytes("# coding: latin-1\nimport asab\nimport asab.sentry\nü = 1\n".encode("latin-1"))
    (file,) = leftovers.look(tmp_path)
    assert file.content == "# coding: latin-1\nimport asab\nimport asab_sentry\nü = 1\n".encode("latin-1")


def test_nothing_there(tmp_path):
    """A path that is not there is told."""
    done = migrate(tmp_path, "--json")
    assert (done.returncode, json.loads(done.stdout)["changes"]) == (0, [])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENTRY_", "ASAB_"))}
    done = programs.run(["-m", "asab_sentry", "migrate", "none"], cwd=tmp_path, env=kept, options=OPTIONS)
    assert (done.returncode, done.stdout) == (os.EX_IOERR, "fault: none cannot be used (No such file or directory)\n")
