"""What is published: the source distribution, the wheel, how an index shows it, and the workflow that does it."""

import email
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

import asab_sentry

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "publish.yml"


def run(*arguments, cwd=ROOT):
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The distributions, made of a copy of what git has, or would have with the next commit."""
    directory = tmp_path_factory.mktemp("dist")
    run("build", "--no-isolation", "--outdir", str(directory), str(ROOT))
    return directory


def test_checks(dist):
    """Both distributions are what twine and check-wheel-contents ask for."""
    paths = sorted(map(str, dist.iterdir()))
    assert len(paths) == 2
    assert "FAILED" not in run("twine", "check", "--strict", *paths)
    run("check_wheel_contents", *(path for path in paths if path.endswith(".whl")))


def test_source_has_all_that_its_commands_use(dist):
    """Of the source distribution `make test` and the others have what they use."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    modules = {f"{name}/__main__.py" for name in re.findall(r"BIN\)/python -m (bench)", makefile)}
    scripts = set(re.findall(r"BIN\)/python (\S+\.py)", makefile))
    needed = {"Makefile", "pyproject.toml", "mkdocs.yml", "noxfile.py", ".ci/run", "LICENSE"}
    needed |= {"tests/privacy/secrets.toml", "docs/images/issue.png", "examples/demo/run.py", "CONTRIBUTING.md"}
    needed |= {".github/workflows/publish.yml", ".dockerignore"}
    assert modules
    assert needed | modules | scripts <= names
    tracked = {
        path.relative_to(ROOT).as_posix()
        for folder in ("asab_sentry", "bench", "docs", "examples", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert tracked - names == set()


def test_wheel(dist):
    """The wheel is the package, its types and the plugin of pytest, and its metadata lead back to the project."""
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        described = email.message_from_bytes(archive.read(metadata))
        (entries,) = (name for name in names if name.endswith("entry_points.txt"))
        assert "[pytest11]\npytest_asab_sentry = pytest_asab_sentry" in archive.read(entries).decode()
    assert {name.partition("/")[0] for name in names} == {
        "asab_sentry",
        "pytest_asab_sentry.py",
        f"asab_sentry-{asab_sentry.__version__}.dist-info",
    }
    assert "asab_sentry/py.typed" in names
    urls = dict(line.split(", ") for line in described.get_all("Project-URL"))
    assert {"Documentation", "Repository", "Changelog", "Issues"} <= urls.keys()
    assert described["Author"]
    links = re.findall(r"\]\(([^)\s]+)\)", described.get_payload())
    assert links
    assert [link for link in links if not link.startswith("https://")] == []


def test_workflow():
    """The workflow that publishes is one by the schema of workflows, publishes without a token, and only tags."""
    run("check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW))
    run("yamllint", "--strict", "-d", "{extends: default, rules: {line-length: {max: 120}, document-start: disable, "
        "truthy: {check-keys: false}}}", str(WORKFLOW))  # fmt: skip
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # `on` of YAML 1.1
    assert workflow["jobs"]["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets" not in WORKFLOW.read_text(encoding="utf-8")
    (script,) = (step["run"] for step in workflow["jobs"]["build"]["steps"] if "sed" in step.get("run", ""))
    for tag, code in ((f"v{asab_sentry.__version__}", 0), ("v9.9.9", 1)):
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env={"PATH": os.environ["PATH"], "GITHUB_REF_NAME": tag}, check=False
        )
        assert done.returncode == code
