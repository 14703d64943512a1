"""The compose file of examples/siblings: what it starts is there. `make siblings` starts the same without an engine."""

import ast
import re
from pathlib import Path

import pytest
import yaml

SIBLINGS = Path(__file__).parents[1] / "examples" / "siblings"
SERVICES = yaml.safe_load((SIBLINGS / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]
TESTS = (SIBLINGS.parents[1] / "tests" / "siblings" / "test_siblings.py").read_text(encoding="utf-8")


def module_of(command):
    """Return the module that a command starts, and the object in it, if it names one."""
    words = [word for word in command if re.fullmatch(r"\w+\.py|\w+:\w+|celery_\w+", word)]
    name, _, attribute = words[0].removesuffix(".py").partition(":")
    return name, attribute


@pytest.mark.parametrize("name", SERVICES)
def test_command(name):
    """The module of a command is among the examples, and has what the command names in it."""
    module, attribute = module_of(SERVICES[name]["command"])
    tree = ast.parse((SIBLINGS / f"{module}.py").read_text(encoding="utf-8"))
    assigned = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    targets = [target.id for target in assigned if isinstance(target, ast.Name)]
    assert not attribute or attribute in targets
    assert SERVICES[name]["command"][0] in TESTS


def test_all():
    """Each example is started by a service, and each has a variable for its DSN."""
    modules = {module_of(service["command"])[0] for service in SERVICES.values()}
    assert modules == {path.stem for path in SIBLINGS.glob("*.py")}
    assert all("SENTRY_DSN" in service["environment"] for service in SERVICES.values())
