"""The tests with each sentry-sdk and each Python that is supported: `make matrix`."""

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.stop_on_first_error = False

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]

SDKS = {
    "oldest": "sentry-sdk==2.69.1",
    "2": "sentry-sdk>=2,<3",
    "3": "sentry-sdk>=3.0.0b2,<4",  # a version that is no beta is preferred where there is one
}

LOOP = """
import pathlib, sysconfig
line = "import asyncio, atexit, os; loop = asyncio.new_event_loop(); asyncio.set_event_loop(loop); "
line += "atexit.register(loop.close); os.register_at_fork(before=lambda: atexit.unregister(loop.close))"
pathlib.Path(sysconfig.get_path("purelib"), "loop.pth").write_text(line)
"""


@nox.session(python=PYTHONS)
@nox.parametrize("sdk", [nox.param(requirement, id=name) for name, requirement in SDKS.items()])
def tests(session: nox.Session, sdk: str) -> None:
    """Run the tests; arguments after `--` are pytest's."""
    session.install("-e", ".[dev]")
    session.install("--no-deps", sdk)  # also one that an installation would not take
    if sdk == SDKS["oldest"]:
        session.install("urllib3<2")  # which sentry-sdk takes, too
    if session.python == "3.14":  # there ASAB needs a line more, see docs/install.md
        session.run("python", "-c", LOOP)
    session.run("python", "-c", "import sentry_sdk; print('sentry-sdk', sentry_sdk.VERSION)")
    session.run("pytest", *session.posargs)
