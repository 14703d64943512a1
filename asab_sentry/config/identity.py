"""Who is speaking: release, environment, server and the identity tags that are on everything that is sent."""

import json
import os.path
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import sentry_sdk.utils

from .. import tags
from . import masking, option_types
from .kind import Kind
from .options import Options

VARIABLES = ("NODE_ID", "SERVICE_ID", "INSTANCE_ID", "SITE_ID")
"""Environment variables that the site's remote control sets for ASAB microservices."""

DEFAULT_ENVIRONMENT = "production"
"""As in all of Sentry's SDKs."""

MANIFESTS = ("/app/MANIFEST.json", "/MANIFEST.json", "MANIFEST.json")
"""Where ASAB itself looks for the manifest when `[general] manifest` is empty (`asab.api.ApiService`)."""


class Identity(NamedTuple):
    """Release (None: not known), environment, server, tags, and warnings of what was mended."""

    release: str | None
    environment: str
    server_name: str
    tags: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, str] = MappingProxyType({})
    """Where release, environment and server name are from, unless they are configured."""


NOT_KNOWN = Identity(None, DEFAULT_ENVIRONMENT, "", MappingProxyType({}))
"""While Sentry is off, when nobody asks."""


def identify(options: Options, *, appclass: str, hostname: str, manifest: str, environ: Mapping[str, str]) -> Identity:
    """Return the identity of a service.

    What is configured holds; what is detected (manifest, environment variables) is made acceptable to Sentry.
    `manifest` is the configured path, or empty.
    """
    warnings: list[str] = []
    origins = {}
    release, environment = options.release, options.environment
    if release is None:
        path = _manifest(manifest)
        release = path and _from_manifest(appclass, path, warnings)
        if release:
            origins["release"] = f"manifest {path}"
        else:
            # One of the environment that is no option is at fault, which is told.
            release = None if environ.get("SENTRY_RELEASE") else _from_sdk(warnings)
            origins["release"] = "variables of CI, or git" if release else "not known"
    if environment is None and environ.get("SITE_ID"):
        environment = _mended(environ["SITE_ID"], option_types.ENVIRONMENT, 64, "SITE_ID", warnings)
        origins["environment"] = "SITE_ID"
    if environment is None:
        environment = DEFAULT_ENVIRONMENT
        origins["environment"] = "default of Sentry's SDKs"
    if options.server_name is None:
        origins["server_name"] = "name of the host"
    facts = {"appclass": appclass} | {name.lower(): environ[name] for name in VARIABLES if environ.get(name)}
    return Identity(
        release=release,
        environment=environment,
        server_name=options.server_name or _printable(hostname, 200),
        tags={key: _tag(key, value, warnings) for key, value in facts.items()} | dict(options.tags),
        warnings=tuple(warnings),
        origins=origins,
    )


def _manifest(configured: str) -> str | None:
    # Not Path.is_file(), which raises where a directory may not be read.
    return configured or next(filter(os.path.isfile, MANIFESTS), None)


def _from_manifest(appclass: str, path: str, warnings: list[str]) -> str | None:
    try:
        version = _version(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        warnings.append(f"Manifest {path} gives no version ({type(error).__name__}: {error}); the release stays open")
        return None
    # Sentry takes `app@25.15` for a version, `app@v25.15` not.
    version = re.sub(r"\Av(?=\d)", "", version)
    return _mended(f"{appclass}@{version}", option_types.RELEASE, 200, f"version of {path}", warnings)


def _version(manifest: Any) -> str:
    """Return the version in a manifest; raise ValueError or TypeError where there is none."""
    if not isinstance(manifest, dict) or "version" not in manifest:
        raise ValueError("it has no key version")
    version = manifest["version"]
    if version is None or not str(version).strip():
        raise ValueError("it is empty")
    if not isinstance(version, str | int | float):
        raise TypeError("it is neither a text nor a number")
    return str(version).strip()


def _from_sdk(warnings: list[str]) -> str | None:
    """Return what sentry-sdk finds: variables of build systems, or the revision of a git checkout."""
    release = sentry_sdk.utils.get_default_release()
    return _mended(release, option_types.RELEASE, 200, "Release", warnings) if release else None


def _printable(text: str, limit: int) -> str:
    """Return a text without control characters and slashes, of at most `limit` bytes."""
    text = "".join("-" if character in "/\\" or not character.isprintable() else character for character in text)
    return text.encode()[:limit].decode(errors="ignore").strip()


def _mended(text: str, kind: Kind, limit: int, origin: str, warnings: list[str]) -> str | None:
    """Return what was detected in a form that Sentry accepts, or None where there is none."""
    try:
        return str(kind.parse(text))
    except ValueError:
        pass
    mended = _printable(text, limit)
    try:
        kind.parse(mended)
    except ValueError:
        warnings.append(f"{origin} {masking.masked(text)!r} is left out: {kind.accepts}")
        return None
    warnings.append(f"{origin} {masking.masked(text)!r} is sent as {mended!r}: {kind.accepts}")
    return mended


def _tag(key: str, value: str, warnings: list[str]) -> str:
    try:
        return tags.text(key, value)
    except tags.InvalidTag as error:
        mended = tags.text(key, " ".join(value.split())[: tags.MAX_VALUE] or "-")
        warnings.append(f"{error}; it is sent as {mended[:60]!r}")
        return mended
