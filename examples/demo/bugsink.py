"""Bugsink, a server that takes Sentry SDKs, on the loopback interface: install, start, ask, stop.

Only the standard library is used. `python -m demo.bugsink` installs Bugsink and ends. In a test:

    with Bugsink(tmp_path) as server:
        ...  # send something to server.dsn
        (issue,) = server.issues()
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from .run import HOST, DemoError, Process, Venv, clean_environment, command, free_port, require_free

Json = dict[str, Any]


class Bugsink:
    """A Bugsink with two projects, whose database is in `directory`; a context manager.

    `dsn` is that of the first, which `issues()` lists; `visitors_dsn` is for whoever else wants to send. It can be
    stopped and started again with the same data and the same port.
    """

    EMAIL = "admin@example.com"
    PASSWORD = "admin"  # the server listens on the loopback interface only
    VENV = Venv("Bugsink", "bugsink", ("bugsink==2.6.1",), made_of=Path(__file__))
    TEMPLATE = VENV.directory / "template"  # configuration and database with a user and projects, for every server

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.directory = directory
        self.port = port or free_port()
        self.dsn = self.visitors_dsn = ""  # known once it has started
        self._project = 0
        self._process: Process | None = None
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @classmethod
    def install(cls) -> None:
        """Install Bugsink with a database of projects without events, unless that was done before."""
        cls.VENV.install(cls._make_template)

    @property
    def url(self) -> str:
        """The address for browsers."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, wait until it listens, and see to it that there are projects."""
        require_free(self.port)
        self.install()
        if not self.directory.exists() or not any(self.directory.iterdir()):
            shutil.copytree(self.TEMPLATE, self.directory, dirs_exist_ok=True)
            with (self.directory / "bugsink_conf.py").open("a") as configuration:
                configuration.write(f'BUGSINK["BASE_URL"] = "{self.url}"\n')
        self._serve()

    def _serve(self) -> None:
        self._process = self._manage(self.directory, "runserver", "--noreload", f"{HOST}:{self.port}")
        try:
            self._process.wait_until(self._answers)
            self._find_projects()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server; nothing happens when it does not run."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def issues(self) -> list[Json]:
        """Return the issues, the oldest first."""
        return self._list(f"/issues/?project={self._project}&sort=digest_order&order=asc")

    def events(self, issue_id: str) -> list[Json]:
        """Return the events of an issue without their content, the newest first."""
        return self._list(f"/events/?issue={issue_id}")

    def event(self, id: str) -> Json:  # noqa: A002
        """Return an event, found by its `id` in `events()`; what the SDK sent is in `data`."""
        return self._call("GET", f"/events/{id}/")

    def resolve(self, issue_id: str) -> Json:
        """Mark an issue as resolved, and return it."""
        return self._call("POST", f"/issues/{issue_id}/resolve/")

    @classmethod
    def _make_template(cls) -> None:
        cls.TEMPLATE.mkdir()
        create_conf = (cls.VENV.program("bugsink-create-conf"), "--template=local", f"--host={HOST}")
        Process("bugsink-create-conf", *create_conf, directory=cls.TEMPLATE, log=cls.VENV.log).finish()
        with (cls.TEMPLATE / "bugsink_conf.py").open("a") as configuration:
            configuration.write('\nBUGSINK["PHONEHOME"] = False\nBUGSINK["INGEST_STORE_BASE_DIR"] = "ingestion"\n')
        cls._manage(cls.TEMPLATE, "migrate").finish()
        cls._manage(cls.TEMPLATE, "migrate", "snappea", "--database=snappea").finish()
        cls._manage(cls.TEMPLATE, "prestart").finish()
        cls._manage(cls.TEMPLATE, "create_auth_token", log="token").finish()
        server = cls(cls.TEMPLATE)
        server._serve()  # makes the projects, so that their keys are the same in all copies
        server.stop()

    @classmethod
    def _manage(cls, directory: Path, *command: str, log: str = "bugsink.log") -> Process:
        environment = clean_environment(PYTHONUNBUFFERED="1", CREATE_SUPERUSER=f"{cls.EMAIL}:{cls.PASSWORD}")
        manage = cls.VENV.program("bugsink-manage")
        return Process("Bugsink", manage, *command, directory=directory, log=directory / log, environment=environment)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._opener.open(f"{self.url}/health/ready", timeout=5).close()
            return True
        return False

    def _find_projects(self) -> None:
        if not self._list("/projects/"):
            team = self._call("POST", "/teams/", {"name": "Demo"})
            for name in ("Demo", "Visitors"):
                self._call("POST", "/projects/", {"team": team["id"], "name": name})
        projects = {project["name"]: project for project in self._list("/projects/")}
        self._project, self.dsn = projects["Demo"]["id"], projects["Demo"]["dsn"]
        self.visitors_dsn = projects["Visitors"]["dsn"]

    def _list(self, path: str) -> list[Json]:
        """Return what a path lists, from all its pages."""
        results: list[Json] = []
        address: str | None = path
        while address:
            page = self._call("GET", address)
            results += page["results"]
            address = page["next"] and page["next"].partition("/api/canonical/0")[2]
        return results

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        token = (self.directory / "token").read_text().strip()
        request = urllib.request.Request(
            f"{self.url}/api/canonical/0{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=30) as response:
                answer: Json = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read(200).decode(errors="replace")
            raise DemoError(f"Bugsink answered {error.code} to {method} {path}: {text}") from error
        return answer


if __name__ == "__main__":
    sys.exit(command(Bugsink.install))
