"""The lock of a directory that belongs to a process: it ends with that, however it ends."""

import fcntl
import os
import stat
from pathlib import Path

LOCK = "lock"


def lock(path: Path) -> int | None:
    """Return the descriptor of the lock of a directory, or None when it is locked or gone."""
    try:
        held = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had the lock before may have removed the directory since we opened it.
        if os.fstat(held).st_ino == (path / LOCK).stat().st_ino:
            return held
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(held)
        raise
    os.close(held)
    return None


def is_held(path: Path) -> bool:
    """Return whether the process of a directory lives."""
    try:
        if not stat.S_ISREG((path / LOCK).lstat().st_mode):
            return False
        # Not by `lock`, as looking is to leave no trace.
        held = os.open(path / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(held)
    return False


def mark_of(held: int) -> str:
    """Return what its process wrote into a lock that is held now."""
    return os.pread(held, 100, 0).decode("ascii", "replace") if stat.S_ISREG(os.fstat(held).st_mode) else ""
