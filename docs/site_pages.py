"""What `mkdocs.yml` adds to the pages in docs/: pages that are made of other files of the project, as it is.

All pages are written for reading in the repository, so links lead to files. On the site the same links lead to the
pages that these files have become.
"""

import posixpath
import re
import tomllib
from pathlib import Path
from typing import Any

from markdown.extensions.toc import slugify
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
LANGUAGES = {".py": "python", ".conf": "ini", ".yaml": "yaml", "": "docker"}
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
RAW = REPOSITORY.replace("https://github.com/", "https://raw.githubusercontent.com/") + "/main"
LINK = re.compile(r"(?<=\]\()(?!https?:|#)(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")


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
    return markdown if page.file.generated_by else _linked(markdown, "docs")


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
        if path.is_file() and path.suffix in LANGUAGES and "demo" not in path.parts:
            text = path.read_text(encoding="utf-8").rstrip()
            parts.append(f"## {path.relative_to(EXAMPLES)}\n\n```{LANGUAGES[path.suffix]}\n{text}\n```")
    return "\n\n".join(parts)
