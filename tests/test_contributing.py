"""CONTRIBUTING says what there is: each module is in the map, each private name of others in the table."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "asab_sentry"
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"}

NOT_PRIVATE = {
    *("_asdict", "_fields", "_replace"),  # of named tuples, documented
    "_meta",  # a key of Sentry's events
    *("_FILE", "_REPEAT"),  # endings of names
    "_asab_sentry_stack",  # ours, on records
}
"""What begins as a private name and is none."""

OF_FRAMEWORKS = {"_wrapped", "_cached_user", "_acached_user", "_login_user", "_log_uncaught_app_exception"}
"""Private names of Django, flask_login and Streamlit, at which `tests/siblings` looks."""


def table(heading: str) -> list[list[str]]:
    """Return the rows of the tables below a heading, each as its cells."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\|(?! ---)(.+)\|$(?!\n\| ---)", section, re.MULTILINE)
    return [row.strip().split(" | ") for row in rows]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def private_names(source: str) -> Iterator[str]:
    """Yield the private names that a module takes from an object that is not its own."""
    nodes = [*ast.walk(ast.parse(source))]
    own = NOT_PRIVATE | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and is_own(node.value)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    imports = (node for node in nodes if isinstance(node, ast.ImportFrom) and node.level)
    modules = {alias.name for node in imports for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and not is_own(node.value, modules):
            name = node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        else:
            continue
        if re.fullmatch(r"_[a-zA-Z]\w*", name) and name not in own:
            yield name


def is_own(value: ast.expr, modules: Iterable[str] = ()) -> bool:
    return isinstance(value, ast.Name) and value.id in {"self", "cls", *modules}


def test_map() -> None:
    """Each module is in the map, and the map has no other."""
    rows = [quoted(where)[0] for where, _ in table("The map")]
    assert sorted(set(FILES) - set(rows)) == [], "modules without a row in the map of CONTRIBUTING"
    assert sorted(set(rows) - set(FILES)) == [], "rows of the map of CONTRIBUTING without a module"
    assert len(rows) == len(set(rows)), "two rows of one module"


@pytest.mark.parametrize("row", table("Where do I add …"), ids=lambda row: row[0])
def test_hints(row: list[str]) -> None:
    """What a hint names is there: each file, and each name in one of the files of that row."""
    texts = quoted(" ".join(row))
    places = [text for text in texts if re.fullmatch(r"[\w./]+(/|\.py|\.md)", text)]
    paths = [path for place in places for path in (PACKAGE / place, ROOT / place) if path.exists()]
    assert len(paths) == len(places), places
    files = [path for path in paths if path.is_file()] + [file for path in paths for file in path.glob("*.py")]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    names = [text.rstrip("()=") for text in texts if re.fullmatch(r"\w{2,}(=|\(\))?", text)]
    assert [name for name in names if name not in sources] == []


@pytest.mark.parametrize("place", sorted(FILES))
def test_private_names(place: str) -> None:
    """A private name of others that a module uses is in the table, beside this module."""
    listed = {name for where, what, _ in table("Private names") if place in quoted(where) for name in words(what)}
    used = set(private_names(FILES[place].read_text(encoding="utf-8")))
    assert used <= listed, f"{place} needs a row in the private names of CONTRIBUTING, and a test in test_upstream.py"


def test_majors_of_sentry_sdk() -> None:
    """Which major of sentry-sdk is installed is asked in `sdk/` alone, but for options, which say it themselves."""
    asking = {
        place for place, path in FILES.items() if re.search(r"\b(THREE|MAJOR)\b", path.read_text(encoding="utf-8"))
    }
    assert {place for place in asking if not place.startswith("sdk/")} == {"config/options.py"}


@pytest.mark.parametrize("row", table("Private names"), ids=lambda row: row[1])
def test_rows(row: list[str]) -> None:
    """What the table says of a module is in its source, and in the tests that fail when upstream changes it."""
    where, what, _ = row
    watched = OF_FRAMEWORKS | set(re.findall(r"\w+", (ROOT / "tests" / "test_upstream.py").read_text(encoding="utf-8")))
    assert [name for name in words(what) if name not in watched] == [], "tests/test_upstream.py does not look at it"
    for place in quoted(where):
        source = FILES[place].read_text(encoding="utf-8")
        assert [name for name in words(what) if name not in source] == [], f"{place} has no such name any more"


def words(cell: str) -> list[str]:
    """Return the private names of a cell."""
    return [name for text in quoted(cell) for name in re.findall(r"(?<!\w)_\w+", text)]
