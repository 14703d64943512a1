"""What a user might take instead of this package, each in an environment of its own."""

import subprocess
import sys
import venv
from pathlib import Path

import asab

HOME = Path(".venv/bench")

ASAB = f"asab=={asab.__version__}"

PEERS = {
    "asab.sentry": [f"asab[monitoring]=={asab.__version__}"],
    "elastic-apm": [ASAB, "elastic-apm"],
    "opentelemetry": [ASAB, "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"],
}
"""What pip installs for each."""


def install() -> dict[str, str]:
    """Return the Python of each environment, which is made if it is missing; what cannot be installed is left out."""
    pythons = {}
    for name, packages in PEERS.items():
        home = HOME / name
        python = home / "bin" / "python"
        if not python.exists():
            venv.create(home, with_pip=True)
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *packages]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            pythons[name] = str(python)
        else:
            print(f"{name} cannot be installed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    return pythons
