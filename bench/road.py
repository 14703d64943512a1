"""The whole road of a record on one side: `python -m bench.road SIDE PORT`.

Each call is a line of its own that was never run before, with a template of its own; a live server takes what is sent.
Reads the name of a row and a count from standard input and answers with a line of JSON.
"""

import gc
import importlib.util
import itertools
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import asab

from . import sides

BEGINNING = """
import logging
L = logging.getLogger("bench")

def deep(depth, payload):
    number, text, things = depth, "some text of the frame", list(range(depth))
    if depth == 1:
        raise ValueError(f"{number} {text} {len(things)}")
    deep(depth - 1, {**payload, f"key{depth}": things})
"""
LINES = """

def info_{0}(order, data):
    L.info("order %s of step {0} begins", order, struct_data=data)


def error_{0}(order, data):
    L.error("order %s of step {0} failed", order, struct_data=data)


def exception_{0}(order, data):
    try:
        deep(16, {{}})
    except ValueError:
        L.exception("order %s of step {0} failed", order, struct_data=data)
"""
SERVICE = """
import bench.road

class Service(bench.road.Application):
    pass
"""
"""The class of the application is beside its lines, so that these are the application's."""
DATA = {"order": 7, "customer": "c-1001", "amount": 12.5, "state": "paid", "retry": False}
SILENCE = 0.2
"""Seconds before each call of a row that is cold."""


def module(path: Path, source: str) -> ModuleType:
    """Return a new module of an application."""
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = made
    spec.loader.exec_module(made)
    return made


class Application(asab.Application):  # type: ignore[misc]  # no type information upstream
    """An application of one side."""

    def __init__(self, side: str, port: int, directory: Path) -> None:
        asab.Config.read_dict({"general": {"var_dir": str(directory)}})
        super().__init__(args=[])
        self.numbers = itertools.count()
        self.directory = directory
        self.flush = sides.start(side, self, port)

    async def main(self) -> None:
        """Answer rows until standard input ends; the loop does nothing else meanwhile."""
        print("{}", flush=True)
        gc.collect()
        gc.freeze()
        for line in sys.stdin:
            name, count = line.split()
            print(json.dumps(self.run_row(name, int(count))), flush=True)
        self.stop()

    def run_row(self, name: str, count: int) -> dict[str, float]:
        """Return the CPU seconds of the calling thread for one call, and those of all threads until it is sent."""
        kind, _, rest = name.partition(".")
        path = self.directory / f"orders_{next(self.numbers)}.py"
        made = module(path, BEGINNING + "".join(map(LINES.format, range(count))))
        breadcrumbs = int(rest) if rest.isdigit() else 0
        thread = everything = 0.0
        for number in range(count):
            function = getattr(made, f"{kind}_{number}")
            self.leave_breadcrumbs(breadcrumbs)
            if rest == "cold":
                time.sleep(SILENCE)
            began, process = time.thread_time(), time.process_time()
            function(4711, DATA)
            thread += time.thread_time() - began
            if kind != "info":
                self.flush()
            everything += time.process_time() - process
        return {"seconds": thread / count, "all": everything / count}

    def leave_breadcrumbs(self, count: int) -> None:
        """Leave so many and no others."""
        logger: Any = logging.getLogger("bench")
        sdk = sys.modules.get("sentry_sdk")
        if sdk is not None and hasattr(sdk, "get_isolation_scope"):
            sdk.get_isolation_scope().clear_breadcrumbs()
        elif sdk is not None:
            sdk.configure_scope(lambda scope: scope.clear_breadcrumbs())
        for number in range(count):
            logger.info("step %d of the order", number, struct_data=DATA)


def main() -> None:
    """Be a side."""
    with tempfile.TemporaryDirectory() as directory:
        service = module(Path(directory) / "service.py", SERVICE)
        service.Service(sys.argv[1], int(sys.argv[2]), Path(directory)).run()


if __name__ == "__main__":
    main()
