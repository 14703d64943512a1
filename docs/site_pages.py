"""What `mkdocs.yml` adds to the pages in docs/: pages that are made of other files of the project, as it is.

All pages are written for reading in the repository, so links lead to files. On the site the same links lead to the
pages that these files have become.
"""

import dataclasses
import posixpath
import re
import tomllib
from pathlib import Path
from typing import Any

from markdown.extensions.toc import slugify
from mkdocs.structure.files import File, Files

from asab_sentry import __version__
from asab_sentry.config import identity, options

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
LANGUAGES = {".py": "python", ".conf": "ini", ".yaml": "yaml", "": "docker"}
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
RAW = REPOSITORY.replace("https://github.com/", "https://raw.githubusercontent.com/") + "/main"
FIELDS = "<!-- fields of Options and Identity: made by docs/site_pages.py -->"
LINK = re.compile(r"(?<=\]\()(?!https?:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")


def on_config(config: Any) -> Any:
    """Show of which version the site is."""
    config.copyright = f"asab-sentry {__version__}"
    return config


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages that are made."""
    for name, page in PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        if name == "README.md":
            # It is read on a package index, too, where links are absolute.
            text = re.sub(rf"{re.escape(REPOSITORY)}/blob/main/|{re.escape(RAW)}/", "", text)
            text = text.partition("\n## Documentation\n")[0]  # the rest is the navigation, and the page of options
        files.append(File.generated(config, page, content=_linked(text, "")))
    files.append(File.generated(config, "examples.md", content=_examples()))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Let the links of a page in docs/ lead to pages."""
    if page.file.generated_by:
        return markdown
    return _linked(markdown.replace(FIELDS, _fields()), "docs")


def on_page_content(html: str, **_: Any) -> str:
    """Let each cell of a table say of which column it is, for narrow windows, which show rows as blocks."""
    return re.sub(r"<table>.*?</table>", lambda table: _labelled(table[0]), html, flags=re.DOTALL)


def on_page_context(context: Any, *, page: Any, **_: Any) -> Any:
    """Let pages that are made of other files be edited where these are."""
    for name, made in PAGES.items():
        if page.file.src_uri == made:
            page.edit_url = f"{REPOSITORY}/edit/main/{name}"
    return context


def _labelled(table: str) -> str:
    titles = [re.sub(r"<[^>]+>", "", title) for title in re.findall(r"<th[^>]*>(.*?)</th>", table, re.DOTALL)]

    def row(match: re.Match[str]) -> str:
        labels = iter(titles)
        return re.sub(r"<td", lambda _: f'<td data-label="{next(labels, "")}"', match[0])

    return re.sub(r"<tr>.*?</tr>", row, table, flags=re.DOTALL)


def _fields() -> str:
    """Return what `service.Options` and `service.Identity` have, as two lists."""
    known = dict(options.table())
    rows = [
        f"- `{field.name}`: `{field.type}`. {known[field.name].text if field.name in known else ''}".rstrip()
        for field in dataclasses.fields(options.Options)
    ]
    kinds = [f"- `{name}`: `{_named(kind)}`" for name, kind in identity.Identity.__annotations__.items()]
    of_options = [
        "## Options",
        "",
        "What `service.Options` has: a field for each option, None if it is not set.",
        "",
    ]
    of_identity = ["", "## Identity", "", "What `service.Identity` has, while Sentry is on.", ""]
    return "\n".join([*of_options, *rows, *of_identity, *kinds])


def _named(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)


def _linked(text: str, directory: str) -> str:
    def moved(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(directory, match["path"]))
        if path.startswith("examples/"):
            return f"examples.md#{slugify(path.removeprefix('examples/'), '-')}"
        return PAGES.get(path, path.removeprefix("docs/")) + (match["anchor"] or "")

    return LINK.sub(moved, text)


def _examples() -> str:
    """Return the page of all examples: each file under its name."""
    parts = ["# Examples"]
    for path in sorted(EXAMPLES.rglob("*"), key=lambda path: (path.parent, path.stem, path.suffix == ".conf")):
        is_tool = "demo" in path.parts or (path.parent.name == "fleet" and path.suffix == ".py")
        if path.is_file() and path.suffix in LANGUAGES and not is_tool:
            text = path.read_text(encoding="utf-8").rstrip()
            parts.append(f"## {path.relative_to(EXAMPLES)}\n\n```{LANGUAGES[path.suffix]}\n{text}\n```")
    return "\n\n".join(parts)
