"""Where something is, as options have it: DSN, URLs, files and directories; and the token for a server."""

from pathlib import Path
from urllib.parse import urlsplit

import sentry_sdk.utils

from .kind import Reason

OFF = frozenset({"off", "no", "none", "false", "null", "disabled"})
"""What is written in the place of a DSN by who wants none."""


def dsn(text: str) -> str:
    """Return a DSN."""
    if len(text.split()) > 1:
        raise Reason("White space within it")
    if text.lower() in OFF:
        raise Reason("An empty value switches Sentry off")
    if text.count("://") > 1:
        raise Reason("More than one URL")
    try:
        known = sentry_sdk.utils.Dsn(text)
    except ValueError as error:
        # The rest of the sentence may repeat a part of the value.
        sentences = ("Unsupported scheme", "Missing hostname", "Missing public key", "Invalid project", "Port")
        sentence = next((begin for begin in sentences if str(error).startswith(begin)), "No URL")
        raise Reason("Its port is no number up to 65535" if sentence == "Port" else sentence) from None
    if known.project_id.startswith("-"):
        raise Reason("Invalid project")
    if not known.public_key.isascii():  # no header can hold it
        raise Reason("Its key has letters that no key has")
    return text


def url(text: str) -> str:
    """Return a URL with its host."""
    if not urlsplit(text).scheme or not urlsplit(text).hostname:
        raise ValueError
    return text


def token(text: str) -> str:
    """Return a token, which a header can hold."""
    if not (text.isascii() and text.isprintable() and len(text.split()) == 1):
        raise ValueError
    return text


def file(text: str) -> str:
    """Return the path of a file that is there."""
    try:
        is_file, is_directory = Path(text).is_file(), Path(text).is_dir()
    except OSError as error:
        raise Reason(error.strerror) from error
    if not is_file:
        raise Reason("it is a directory" if is_directory else "there is no such file")
    return text


def directory(text: str) -> str:
    """Return the path of a directory, which need not be there."""
    if not text.isprintable():
        raise ValueError
    return text


def is_path(text: str) -> bool:
    """Return whether a text is an absolute path."""
    return text.startswith("/") and "\0" not in text
