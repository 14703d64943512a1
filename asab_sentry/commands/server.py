"""Who is asked by commands that use Sentry's web API, and what they say when it does not answer as wanted."""

import argparse
import importlib
import os
import re
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk.utils
import urllib3

from .. import api
from ..config.inspection import Survey
from ..config.options import Options
from ..config.proxies import SOCKS, fault_of, proxy_of
from ..delivery.connections import bounded, logged_in
from .connection import trusted_of
from .output import write_faults

EXIT_CODES: dict[type[api.SentryError], int] = {
    api.Unreachable: os.EX_UNAVAILABLE,
    api.Refused: os.EX_NOPERM,
    api.NotFound: os.EX_DATAERR,
    api.Rejected: os.EX_DATAERR,
}

MISSING = {
    "url": "Sentry's address is not known: set [sentry:api] url or SENTRY_URL",
    "organization": "The organization is not known: set [sentry:api] organization or SENTRY_ORG",
    "project": "The project is not known: set [sentry:api] project or SENTRY_PROJECT",
    "auth_token": "There is no token: set SENTRY_AUTH_TOKEN, SENTRY_AUTH_TOKEN_FILE or [sentry:api] auth_token; "
    "Sentry makes one under Settings, Auth Tokens",
}

_saas = re.compile(r"(?:o(?P<number>\d+)\.)?ingest(?:\.(?P<region>\w+))?\.sentry\.io")


def address(options: Options) -> dict[str, str | None]:
    """Return what is needed to ask Sentry, by the names of [sentry:api]; of what is not set, what the DSN says."""
    url = organization = project = None
    if options.dsn:
        dsn = sentry_sdk.utils.Dsn(options.dsn)
        project = str(dsn.project_id)
        saas = _saas.fullmatch(dsn.host)
        if saas:
            organization = saas["number"]
            url = "https://sentry.io" if saas["region"] is None else f"https://{saas['region']}.sentry.io"
        else:
            url = f"{dsn.scheme}://{dsn.netloc}{dsn.path.rstrip('/')}"
    return {
        "url": options.api_url or url,
        "organization": options.api_organization or organization,
        "project": options.api_project or project,
        "auth_token": options.api_auth_token,
    }


def missing(survey: Survey) -> list[str]:
    """Return a sentence for each thing that is missing, behind what is wrong with the configuration."""
    known = address(survey.options)
    absent = [MISSING[name] for name, value in known.items() if not value]
    fault = None if absent else fault_of(_proxy(survey.options, known["url"] or ""))
    absent += [fault] if fault else []
    return [*survey.faults, *survey.warnings, *absent] if absent else []


def connect(options: Options) -> api.Sentry:
    """Return the project on its server."""
    known = {name: value or "" for name, value in address(options).items()}
    pool = _pool(options, known["url"])
    return api.Sentry(known["url"], known["organization"], known["project"], known["auth_token"], pool=pool)


def _proxy(options: Options, url: str) -> str | None:
    parts = urlsplit(url)
    return proxy_of(options, parts.scheme, parts.hostname or "")


def _pool(options: Options, url: str) -> urllib3.PoolManager:
    """Return the connections, through the proxy and with the certificates by which events go."""
    proxy = _proxy(options, url)
    tls: dict[str, Any] = {
        "ca_certs": trusted_of(options),
        "cert_file": options.cert_file,
        "key_file": options.key_file,
    }
    if proxy is None:
        manager = urllib3.PoolManager(**tls)
    elif urlsplit(proxy).scheme in SOCKS:
        # It needs a package that is there only where one asks for it.
        manager = importlib.import_module("urllib3.contrib.socks").SOCKSProxyManager(proxy, **tls)
    else:
        manager = logged_in(urllib3.ProxyManager(proxy, **tls))
    return bounded(manager)


def ask_project(args: argparse.Namespace, survey: Survey, ask: Callable[[api.Sentry], int]) -> int:
    """Return what `ask` returns of the project, or say why it cannot be asked."""
    faults = missing(survey)
    if faults:
        write_faults(faults, as_json=args.json)
        return os.EX_CONFIG
    sentry = connect(survey.options)
    try:
        return ask(sentry)
    except api.SentryError as error:
        scope = getattr(error, "scope", None)
        needed = [f"The token needs the scope {scope}"] if scope else []
        write_faults([str(error), *needed, *other_server(sentry, error)], as_json=args.json)
        return EXIT_CODES[type(error)]


def other_server(sentry: api.Sentry, error: api.SentryError) -> list[str]:
    """Return a sentence where the server is one that has an API of its own."""
    if isinstance(error, (api.NotFound, api.Unreachable)) and error.status is not None and sentry.is_bugsink():
        return [f"{sentry.url} is a Bugsink, whose API is another one: see {sentry.url}/api/canonical/0/schema/"]
    return []


def is_agreed(args: argparse.Namespace, question: str) -> bool | None:
    """Ask at the terminal unless `--yes` was given; None: there is nobody to ask, which is said."""
    if args.yes:
        return True
    if not sys.stdin.isatty():
        fault = "It asks first, and there is no terminal to ask at: give --yes"
        write_faults([fault], as_json=args.json)
        return None
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
