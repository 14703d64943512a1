"""`init()`: what `SentryService` is to an application of ASAB, for a process that is none."""

import logging
import os
import platform
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from .client import Client
from .config.ini import Ini, started_as
from .config.ini_files import Unreadable
from .config.reading import ConfigError, is_wanted, load
from .facade import Facade
from .objects.kinds import name_of
from .runtime import in_app, stacks
from .runtime.locks import Lock
from .sources.process import Process

L = logging.getLogger("asab_sentry")

DSN = ("dsn", "data_source_name")
"""Arguments by which Sentry is asked for without a section `[sentry]`."""


class Sentry(Facade):
    """Sentry in a process that is no application of ASAB; `asab_sentry.init` makes it.

    It has the methods of `SentryService`, apart from the life cycle: at the end of the process what waits is sent,
    within `shutdown_timeout`.
    """

    def __init__(self, config: str, appclass: str, folder: str | None, options: dict[str, Any]) -> None:
        ini = Ini(os.environ)
        try:
            ini.load(config)
        except Unreadable as error:
            raise ConfigError([str(error)], []) from None
        is_asked = is_wanted(ini, os.environ) or any(name in options for name in DSN)
        self._configure(load(ini, os.environ, options if is_asked else {**options, "dsn": ""}))
        if not self.Enabled:
            why = "its DSN is set but empty" if is_asked else "there is no section [sentry] and no DSN"
            L.warning("Sentry is off: %s", why)
            return
        hostname = os.environ.get("ASAB_HOSTNAME") or platform.node()
        self._identify(appclass, hostname, ini.get("general", "manifest", fallback=""))
        self._start(lambda: Client(self.Options, self.Identity, Process(ini, folder)))

    @property
    def has_ended(self) -> bool:
        """Whether it was ended, as by the block of a test."""
        return self._client is not None and self._client not in Client.at_work


_lock = Lock()
_first: Sentry | None = None
_is_told = False


def init(config: str | os.PathLike[str] | None = None, *, appclass: str | None = None, **options: Any) -> Sentry:
    """Connect this process to Sentry, with the configuration file of the services.

    ```python
    sentry = asab_sentry.init("/conf/shop.conf", appclass="ShopAdmin")
    ```

    For Django, Flask, Celery, Streamlit and scripts; an application of ASAB makes a `SentryService`. Without a section
    `[sentry]` and a DSN, and with an empty DSN, Sentry is off, and all methods do nothing.

    Args:
        config: The path of the configuration file; by default that of the environment variable ASAB_CONFIG, and without
            it none: then the environment and the options are all there is.
        appclass: What stands for the class of the application in release and tags; by default the name of the script.
        **options: Options by the names of the page Options, which hold against those of the file. Those of sections
            other than `[sentry]` have names of their own, as `issue_events` of `[sentry:limits]`.

    A second call changes nothing: it returns what the first one has, and says so once.

    Raises:
        ConfigError: The configuration cannot be used; `faults` has one sentence for each fault.
        RuntimeError: There is an application of ASAB in this process.
    """
    global _first, _is_told  # noqa: PLW0603  # there is one client in a process
    caller = stacks.caller()  # whose code the application's is
    if _has_application(caller):
        raise RuntimeError(
            "asab_sentry.init() is for processes without an application of ASAB: in this one, make an "
            "asab_sentry.SentryService(app) in the application's __init__"
        )
    with _lock:  # scripts of Streamlit run at once
        if _first is None or _first.has_ended:
            _first, _is_told = _begin(config, appclass, in_app.folder_of(caller) if caller else None, options), False
        elif not _is_told:
            _is_told = True
            L.warning("asab_sentry.init() was called before: what it was given then stays")
    return _first


def _begin(config: Any, appclass: Any, folder: str | None, options: dict[str, Any]) -> Sentry:
    faults = []
    path = os.environ.get("ASAB_CONFIG", "")
    if config is not None:
        try:
            path = os.fsdecode(config)
        except Exception:
            faults.append(_unaccepted("config", config, "a path"))
    if appclass is not None and not isinstance(appclass, str):
        faults.append(_unaccepted("appclass", appclass, "a name"))
    if faults:
        raise ConfigError(faults, [])
    return Sentry(path, appclass or _script(), folder, options)


def _unaccepted(name: str, value: object, accepted: str) -> str:
    return f"init({name}=): {name_of(type(value))} is not accepted; accepted is {accepted}"


def _script() -> str:
    """Return what the process was started as: the name of the script, or of the package with `python -m`."""
    path = Path(started_as())
    return (path.parent.name if path.stem == "__main__" else path.stem) or "python"


def _has_application(frame: FrameType | None) -> bool:
    """Return whether there is an application of ASAB, which has a loop, a configuration and an end of its own."""
    if any(client.app is not None for client in Client.at_work):
        return True
    application = getattr(sys.modules.get("asab"), "Application", None)
    if application is None:
        return False
    # There is no list of them.
    made = list(sys.modules["asab.abc.singleton"].Singleton._instances.values())  # noqa: SLF001
    being_made = [step.f_locals.get("self") for step in stacks.whole(frame) if step.f_code.co_name == "__init__"]
    return any(isinstance(instance, application) for instance in made + being_made)
