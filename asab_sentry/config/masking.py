"""Values of options as they may be shown."""

import re

from .kind import Kind
from .option_types import DSN, TOKEN, URL


def without_credentials(text: str) -> str:
    """Return a text whose URLs may be shown."""
    return re.sub(r"//[^/\s]*@", "//***@", text)


def masked(text: str, kind: Kind | None = None) -> str:
    """Return a text that may be shown: credentials hidden, at most 100 characters."""
    # It may be malformed, so that a credential stands where none belongs.
    if kind == TOKEN or (kind == DSN and "@" not in text):
        return "***"
    if kind in {DSN, URL}:
        text = re.sub(r"\A(https?://)?.*@", r"\1***@", text, flags=re.DOTALL)
    text = without_credentials(text)
    return text if len(text) <= 100 else f"{text[:97]}..."
