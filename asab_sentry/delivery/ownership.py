"""Whether a directory is ours: in a shared place, as /tmp, somebody else may have made it, with whatever in it."""

import errno
import os
import stat
from pathlib import Path


def owners(home: Path, folder: Path) -> frozenset[int]:
    """Return the users whose files in `home` are ours; raise PermissionError when that is not ours.

    `folder` is a directory that we have just made in it. It shows who we are there, and what a mode means, as some
    file systems have owners and modes of their own: NFS with `root_squash`, CIFS, shared folders of virtual machines.
    """
    ours, theirs = folder.lstat(), home.lstat()
    if theirs.st_mode & ~ours.st_mode & stat.S_IWOTH:
        raise PermissionError(errno.EPERM, "others may write to it", str(home))
    if theirs.st_uid != ours.st_uid and not (os.geteuid() == 0 and _is_given(home, theirs.st_uid)):
        raise PermissionError(errno.EPERM, f"it belongs to user {theirs.st_uid}", str(home))
    return frozenset({ours.st_uid, theirs.st_uid})


def heirs(folder: Path) -> frozenset[int]:
    """Return the same for a directory that another process has made in its home."""
    users = owners(folder.parent, folder)
    user = folder.lstat().st_uid
    if os.geteuid() == 0 and user != 0 and not _is_given(folder.parent, user):
        raise PermissionError(errno.EPERM, f"it belongs to user {user}", str(folder))
    return users


def _is_given(home: Path, user: int) -> bool:
    """Return whether it must have been root who left a directory to a user, as to that of a volume of a container.

    So it is when nobody else could have made it: what it is in belongs to root or to that user, and is not open to all.
    """
    above = [path.stat() for path in home.parents]
    return all(facts.st_uid in {0, user} and not facts.st_mode & stat.S_IWOTH for facts in above)
