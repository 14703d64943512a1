"""The documentation: what it says to do works, and what it says to arrive arrives.

A block of Python that begins with a file name, as in `# shop.py`, is that file: a program, which runs by the command
that a shell block of its page gives, or a module. Any other block of Python runs in the `main()` of a real application
with `service`, `app` and `L`. A comment `# -> ...` says what arrives at the far end or on the console, and all that
arrives must be said.
"""

import json
import os
import re
import runpy
import shlex
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import apps
import asab
import programs
import pytest
import yaml
from far import FarEnd, title

from asab_sentry import cli
from asab_sentry.commands import test_event
from asab_sentry.config import options, reading

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DSN = "https://PUBLIC_KEY@sentry.example.com/1"
PLUGINS = ("-p", "pytest_asab_sentry", "-p", "no:asyncio", "-p", "no:aiohttp", "-p", "no:hypothesispytest")
RELAY = "http://PUBLIC_KEY@relay:3000/1"  # with scheme and host of a Relay
LANGUAGES = {"python", "ini", "shell", "yaml", "diff", "text"}
PROGRAM = 'if __name__ == "__main__":'
SHORT = {"first.py"}
"""Programs without that line."""
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
REPOSITORY = URLS["Repository"]
RAW = REPOSITORY.replace("https://github.com/", "https://raw.githubusercontent.com/") + "/main"
COMMAND = re.compile(r"(?P<variables>(?:[A-Z_]+=\S+ )*)python (?P<script>\S+\.py)(?: -c (?P<configuration>\S+\.conf))?")

RUNNER = """
import ast, asyncio, inspect, json, logging, pathlib
import asab, asab_sentry


class Console(logging.Handler):
    def emit(self, record):
        print("console: " + record.getMessage())


class DocsApp(asab.Application):
    def __init__(self):
        super().__init__(args=["-c", "docs.conf"])
        self.SentryService = asab_sentry.SentryService(self)
        logging.getLogger("asab_sentry").addHandler(Console())

    async def main(self):
        for name, source in json.loads(pathlib.Path("blocks.json").read_text()).items():
            code = compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            await asyncio.create_task(self.run_block(code))
        self.stop()

    async def run_block(self, code):
        names = {"service": self.SentryService, "app": self, "L": logging.getLogger("shop"), "__name__": "block"}
        result = eval(code, names)
        if inspect.isawaitable(result):
            await result


DocsApp().run()
"""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def name(self):
        """The file that the block is, if it is one."""
        found = re.match(r"# (\S+\.(?:py|conf))\n", self.text)
        return found[1] if found else None

    @property
    def expected(self):
        """What the block says will arrive."""
        return re.findall(r"# -> (.+)", self.text)

    def __str__(self):
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page):
    text = page.read_text(encoding="utf-8")
    fences = re.finditer(r"^```(?P<language>.*)\n(?P<text>(?:(?!```).*\n)*)```$", text, re.MULTILINE)
    return [Block(page, text[: match.start()].count("\n") + 1, match["language"], match["text"]) for match in fences]


BLOCKS = {page: blocks_of(page) for page in PAGES}


def blocks(*languages):
    return [block for page in BLOCKS.values() for block in page if block.language in languages]


def named(page):
    return {block.name: block.text for block in BLOCKS[page] if block.name}


def fragments(page):
    return [block for block in BLOCKS[page] if block.language == "python" and not block.name]


def commands(page):
    lines = [line for block in BLOCKS[page] if block.language == "shell" for line in block.text.splitlines()]
    return [found for found in map(COMMAND.fullmatch, lines) if found and found["script"] in named(page)]


def write_files(page, directory):
    for name, text in named(page).items():
        (directory / name).write_text(text, encoding="utf-8")


def run(arguments, directory, far, options=apps.WARNINGS, **variables):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SENTRY_", "ASAB_"))}
    return programs.run(
        arguments,
        cwd=directory,
        env=kept | {"ASAB_HOSTNAME": "localhost", "HOME": str(directory)} | variables | {"SENTRY_DSN": far.dsn},
        options=options,
    )


def run_program(found, directory, far):
    variables = dict(variable.split("=", 1) for variable in found["variables"].split())
    assert variables.pop("SENTRY_DSN") == DSN
    configuration = ("-c", found["configuration"]) if found["configuration"] else ()
    return run((found["script"], *configuration), directory, far, **variables)


def arrived(far):
    """Return what arrived as the comments `# ->` say it."""
    for event in far.events:
        yield f"{event['level']}: {title(event)}" + with_tags(event)
    for transaction in far.transactions:
        spans = ", ".join(span["description"] for span in transaction["spans"])
        yield f"transaction: {transaction['transaction']}" + (f" ({spans})" if spans else "") + with_tags(transaction)
    for check_in in far.check_ins:
        yield f"check-in: {check_in['monitor_slug']} {check_in['status']}"


def with_tags(event):
    own = {key: value for key, value in event["tags"].items() if key != "appclass"}
    return f" [{' '.join(f'{key}={own[key]}' for key in sorted(own))}]" if own else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_are_all_seen(page):
    """Each fence of a page belongs to a block of a known language."""
    fences = re.findall(r"^\s*(?:```|~~~)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(BLOCKS[page])
    assert {block.language for block in BLOCKS[page]} <= LANGUAGES


def side_of(block, sign):
    """Return the lines of a diff before (`-`) or after (`+`)."""
    lines = block.text.splitlines()
    assert all(not line or line[0] in " -+" for line in lines)
    return "".join(f"{line[1:]}\n" for line in lines if not line or line[0] in f" {sign}")


MAIN = """
    async def main(self):
        if hasattr(self, "SentryService"):
            self.SentryService.capture_message("Hello")
        self.stop()


ShopApp().run()
"""
MIGRATIONS = [block for block in blocks("diff") if "class ShopApp" in block.text]


@pytest.mark.parametrize("sign", "-+")
@pytest.mark.parametrize(
    ("block", "ini", "arrives"),
    [
        (MIGRATIONS[0], "", 1),
        (MIGRATIONS[0], "[sentry]\n", 1),
        (MIGRATIONS[1], "", 0),
        (MIGRATIONS[1], "[sentry]\n", 1),
    ],
    ids=["top", "top-section", "method", "method-section"],
)
def test_migration(block, ini, arrives, sign, tmp_path):
    """With SENTRY_DSN set, a service reports after a change of the page exactly where it did before."""
    (tmp_path / "shop.conf").write_text(ini)
    (tmp_path / "shop.py").write_text(side_of(block, sign) + MAIN)
    with FarEnd() as far:  # without the judge, who finds fault with asab.sentry
        done = run(("shop.py", "-c", "shop.conf"), tmp_path, far, options=("-W", "ignore"))
    assert done.returncode == 0, done.stderr
    assert len(far.events) == arrives


@pytest.mark.parametrize("page", [page for page in PAGES if fragments(page)], ids=lambda page: page.name)
def test_fragments(page, far, tmp_path):
    """The fragments of a page run in a real application, and what they say to arrive is what arrives."""
    (tmp_path / "blocks.json").write_text(json.dumps({str(block): block.text for block in fragments(page)}))
    (tmp_path / "docs.conf").write_text("[sentry]\ntraces_sample_rate=1.0\n")
    (tmp_path / "docs.py").write_text(RUNNER)
    done = run(("docs.py",), tmp_path, far)
    assert done.returncode == 0, done.stderr
    said = [line for block in fragments(page) for line in block.expected]
    assert sorted([*arrived(far), *done.stdout.splitlines()]) == sorted(said)


@pytest.mark.parametrize(
    "found", [found for page in PAGES for found in commands(page)], ids=lambda found: found["script"]
)
def test_programs(found, far, tmp_path):
    """A complete program runs by the command on its page, and what it says to arrive is what arrives."""
    (page,) = (page for page in PAGES if found["script"] in named(page))
    write_files(page, tmp_path)
    done = run_program(found, tmp_path, far)
    said = re.findall(r"# -> (.+)", named(page)[found["script"]])
    if said:
        assert sorted(arrived(far)) == sorted(said), done.stderr
    else:
        assert rendered(far) == shown(page), done.stderr


def test_each_program_has_a_command():
    """Each complete program is started by one command on its page."""
    for page in PAGES:
        programs = [name for name, text in named(page).items() if PROGRAM in text or name in SHORT]
        assert sorted(programs) == sorted(found["script"] for found in commands(page)), page
    assert not [str(block) for block in blocks("python") if PROGRAM in block.text and not block.name]


def rendered(far):
    """Return the events as the page shows them that has no room for all of them."""
    return "\n".join("".join(f"{key:13}{line}\n" for key, line in facts(event)) for event in far.events)


def facts(event):
    values = (event.get("exception") or event.get("threads"))["values"]
    frame = values[-1]["stacktrace"]["frames"][-1]
    yield event["level"], title(event)
    yield "at", f"{frame['filename']}, {frame['function']}: {frame['context_line'].strip()}"
    variables = ", ".join(f"{name}={value}" for name, value in frame["vars"].items() if name != "self")
    if variables:
        yield "variables", variables
    if "exception" in event:
        mechanism = values[-1]["mechanism"]
        yield "mechanism", mechanism["type"] + ("" if mechanism["handled"] else ", not handled")
    yield "struct_data", pairs(event["contexts"]["struct_data"], repr)
    for number, crumb in enumerate(event["breadcrumbs"]["values"]):
        data = f", {pairs(crumb['data'], repr)}" if "data" in crumb else ""
        yield "" if number else "breadcrumbs", f"{crumb['category']}: {crumb['message']}{data}"
    yield "tags", pairs(event["tags"], str)
    yield "environment", event["environment"]


def pairs(values, form):
    return ", ".join(f"{key}={form(value)}" for key, value in values.items())


def shown(page):
    (block,) = (block for block in BLOCKS[page] if block.language == "text" and "─" not in block.text)
    return block.text


def configuration(text):
    parser = type(asab.Config)()
    parser.read_string(text)
    return parser


@pytest.mark.parametrize("block", blocks("ini"), ids=str)
def test_ini(block, tmp_path, monkeypatch):
    """Each block of ini is loaded without a fault or a warning."""
    write_files(block.page, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in named(block.page):
        monkeypatch.delitem(sys.modules, Path(name).stem, raising=False)
    parser = configuration(block.text)
    assert parser.sections()
    assert reading.load(parser, {"SENTRY_DSN": DSN}).warnings == ()


def test_modules(tmp_path, monkeypatch):
    """The module of hooks does what it says when a configuration of its page names it."""
    page = ROOT / "docs" / "options.md"
    write_files(page, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shop_hooks", raising=False)
    (block,) = (block for block in BLOCKS[page] if block.language == "ini" and "shop_hooks" in block.text)
    hooks = reading.load(configuration(block.text), {"SENTRY_DSN": DSN})
    event = {"logger": "shop", "request": {"url": "/", "headers": {"Host": "shop"}}}
    assert hooks.before_send(event, {}) == {"logger": "shop", "request": {"url": "/"}}
    assert hooks.before_send({"logger": "shop.health"}, {}) is None
    assert hooks.before_breadcrumb({"category": "httplib"}, {}) is None
    assert hooks.before_breadcrumb({"category": "shop"}, {}) == {"category": "shop"}


def test_modules_are_tested():
    """Each Python file of a page is a program, the module of hooks, or one of the page about testing."""
    modules = {name for page in PAGES for name, text in named(page).items() if PROGRAM not in text} - SHORT
    assert {name for name in modules if name.endswith(".py")} == {
        "shop_hooks.py",
        "conftest.py",
        "stock.py",
        "test_stock.py",
        "shelf.py",
        "test_shelf.py",
    }


def test_tests(tmp_path):
    """The tests of the page about testing pass, run as it says, in an environment with a DSN."""
    write_files(ROOT / "docs" / "testing.md", tmp_path)
    done = programs.run(
        ["-m", "pytest", "-p", "no:cacheprovider", *PLUGINS, *apps.WARNINGS, *programs.OF_PYTEST],
        cwd=tmp_path,
        env=os.environ | {"SENTRY_DSN": DSN},
        options=apps.WARNINGS,
    )
    assert "3 passed" in done.stdout, done.stdout


def test_exit_codes_of_the_page():
    """The table of the command `test` has each reason with its exit code."""
    page = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (?:refused, )?([a-z ]+) \| (\d+) \|", page, re.MULTILINE))
    assert {reason: int(code) for reason, code in table.items()} == {"accepted": 0, **test_event.EXIT_CODES}


def test_faults():
    """The faults that the page shows are those that its values cause."""
    said = shown(ROOT / "docs" / "configure.md").splitlines()
    parser = configuration("")
    for section, key, value in (re.match(r"\[(.+?)\] (\w+) = '(.*?)': ", line).groups() for line in said):
        if not parser.has_section(section):
            parser.add_section(section)
        parser.set(section, key, value)
    with pytest.raises(reading.ConfigError) as failure:
        reading.load(parser, {"SENTRY_DSN": DSN})
    assert failure.value.faults == said


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_yaml(block):
    """Each compose file hands the DSN, or the path of a secret that it declares, to its services."""
    content = yaml.safe_load(block.text)
    if content.get("kind") == "Deployment":
        pod = content["spec"]["template"]["spec"]
        for container in [*pod["initContainers"], *pod["containers"]]:
            variables = {each["name"]: each.get("value") for each in container["env"]}
            mounted = [each["mountPath"] for each in container["volumeMounts"]]
            assert any(variables["SENTRY_DSN_FILE"].startswith(f"{path}/") for path in mounted)
            assert {each["name"] for each in container["volumeMounts"]} <= {each["name"] for each in pod["volumes"]}
        cli._parser().parse_args(pod["initContainers"][0]["command"][1:])
        return
    for service in content["services"].values():
        (name, value) = next(variable.split("=", 1) for variable in service["environment"] if "SENTRY_DSN" in variable)
        secrets = {
            f"/run/secrets/{secret}" for secret in set(service.get("secrets", [])) & set(content.get("secrets", []))
        }
        assert (name, value) == ("SENTRY_DSN", "${SENTRY_DSN}") or (name == "SENTRY_DSN_FILE" and value in secrets)


@pytest.mark.parametrize("block", blocks("shell"), ids=str)
def test_shell(block):
    """Each line of shell is a known command whose targets, files and variables exist."""
    for line in block.text.splitlines():
        if found := COMMAND.fullmatch(line):
            for name in filter(None, (found["script"], found["configuration"])):
                assert name in named(block.page) or (ROOT / name).is_file(), line
        elif line.startswith("make "):
            assert line.split()[1] in targets(), line
        elif "asab-sentry " in line:
            cli._parser().parse_args(shlex.split(line.partition("asab-sentry ")[2]))
        else:
            assert line in {"pip install asab-sentry", "pip install .", "pytest"}, line


def test_each_command_is_shown():
    """Each command is on a page, as one would type it."""
    shown = "\n".join(block.text for block in blocks("shell"))
    assert [name for name in (*cli.COMMANDS, "migrate") if f"asab-sentry {name}" not in shown] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_text(page):
    """A `make` or `python` in the text of a page names an existing target or file."""
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"`make (\w+)", text)) <= targets()
    assert [name for name in re.findall(r"`python (\S+\.py)", text) if not (ROOT / name).is_file()] == []


def targets():
    return set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", ["README.md", "docs/options.md"])
def test_tables_of_options(name):
    """The tables of options are those that the code makes (`python docs/options_table.py` writes them)."""
    page = (ROOT / name).read_text(encoding="utf-8")
    is_of_today = runpy.run_path(str(ROOT / "docs" / "options_table.py"))["rewritten"](page) == page
    assert is_of_today, "run .venv/bin/python docs/options_table.py"


def test_tables_name_every_option():
    """No option is missing in the reference, nor any way to write it."""
    page = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    for _, row in options.table():
        for name in (row.key, *row.aliases, *row.variables):
            assert f"`{name}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page):
    """Each relative link leads to an existing file, and to an existing heading of it."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        own = re.match(rf"(?:{re.escape(REPOSITORY)}/blob/main|{re.escape(RAW)})/", link)
        if link.startswith(("https://", "http://")) and not own:
            continue
        path, _, anchor = (link[own.end() :] if own else link).partition("#")
        target = ((ROOT if own else page.parent) / path).resolve() if path else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_has_absolute_links():
    """The README is read on a package index, too: its links and images lead to the repository of the metadata."""
    links = re.findall(r"\]\(([^)\s]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("https://")] == []
    images = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert images
    assert all(image.startswith(f"{RAW}/docs/images/") for image in images)


def test_pages_are_all_listed():
    """Each page of the documentation is in the list of the README, and in the menu of the site in the same order."""
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    menu = [
        page for entry in site["nav"] for part in entry.values() for page in ([part] if type(part) is str else part)
    ]
    pages = [page if type(page) is str else next(iter(page.values())) for page in menu]
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Documentation\n")[2]
    listed = re.findall(rf"^\d+\. \[[^\]]+\]\({re.escape(REPOSITORY)}/blob/main/docs/(\S+)\)", readme, re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in ROOT.glob("docs/*.md"))
    assert [page for page in pages if page in listed] == listed


def test_dsn_of_the_pages_is_one():
    """All pages write the DSN in the same way, one that the package accepts."""
    assert reading.load(configuration("[sentry]\n"), {"SENTRY_DSN": DSN}).dsn == DSN
    for page in PAGES:
        for found in re.findall(r"https?://\w+@[^\s`]+", page.read_text(encoding="utf-8")):
            assert found in {DSN, "https://PUBLIC_KEY@HOST/PROJECT_NUMBER", RELAY}, page
