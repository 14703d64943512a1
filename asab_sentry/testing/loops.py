"""Event loops, which are ended with what is in them."""

import asyncio
import contextlib
import gc
import warnings

from . import applications

ENDING = 5.0
"""Seconds that the tasks of an application have to end, after they were cancelled."""


def renew(undo: contextlib.ExitStack) -> set[asyncio.AbstractEventLoop]:
    """Give the process a new loop; return the loops that are to end, to which others may be added."""
    loops: set[asyncio.AbstractEventLoop] = set()
    if applications.find() or _is_running():
        undo.callback(_end_loops, loops)
        return loops
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # policies go, in Python 3.16
        # Private: asking for the current loop makes one where there is none.
        current = getattr(asyncio.get_event_loop_policy(), "_local", None)
    before = dict(vars(current)) if current is not None else {}

    def restore() -> None:
        asyncio.set_event_loop(before.get("_loop"))
        if current is not None:
            vars(current).clear()
            vars(current).update(before)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    undo.callback(restore)
    loops.add(loop)
    undo.callback(_end_loops, loops)
    return loops


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _end_loops(loops: set[asyncio.AbstractEventLoop]) -> None:
    for loop in loops:
        if loop.is_closed() or loop.is_running():
            continue
        try:
            servers = _servers(loop)
            for server in servers:
                server.close()
            # Not otherwise: what an application that never ran has put off is not to be done now.
            if servers or asyncio.all_tasks(loop):
                _end_tasks(loop)
        finally:
            loop.close()


def _servers(loop: asyncio.AbstractEventLoop) -> list[asyncio.Server]:
    # A loop has no list of them; each refers to its type.
    referrers = gc.get_referrers(asyncio.Server)
    return [server for server in referrers if type(server) is asyncio.Server and server.get_loop() is loop]


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    deadline = loop.time() + ENDING
    # More than once: a task that ends may begin another one.
    while (tasks := asyncio.all_tasks(loop)) and loop.time() < deadline:
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=deadline - loop.time()))
    loop.run_until_complete(loop.shutdown_asyncgens())
    # The last callbacks of the connections.
    loop.run_until_complete(asyncio.sleep(0))
