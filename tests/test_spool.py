"""The store of envelopes: what is kept, in which order, for how long, and what happens to other people's files."""

import errno
import os
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from asab_sentry import notices
from asab_sentry.delivery import folder
from asab_sentry.delivery.entries import Storage
from asab_sentry.delivery.spool import Spool

DAY = 86400.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1.7e9

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now


class Store:
    """Spools on one directory, as of several processes, and what they lost."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.clock = Clock()
        self.lost: Counter[tuple[str, str]] = Counter()
        self._opened: list[Spool] = []

    def spool(self, destination: str = "here", **bounds) -> Spool:
        storage = Storage(self.directory, **({"max_bytes": 10**6, "max_envelopes": 100, "max_age": 7 * DAY} | bounds))
        spool = Spool(storage, destination, lambda *of: self.lost.update([of]), self.clock)
        self._opened.append(spool)
        return spool

    def die(self, spool: Spool) -> None:
        """End as a killed process does: with nothing done but the lock released."""
        spool.disown()
        self._opened.remove(spool)

    def close(self) -> None:
        for spool in self._opened:
            spool.close()

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.directory.rglob("*") if folder.NAME.fullmatch(path.name))


@pytest.fixture
def store(tmp_path: Path):
    notices._said.clear()
    store = Store(tmp_path / "var" / "spool")
    yield store
    store.close()


def contents(spool: Spool) -> list[bytes]:
    """Take everything out, in order."""
    found = []
    while (entry := spool.first(lambda _: True)) is not None:
        content = spool.read(entry)
        if content is not None:
            found.append(content)
            spool.remove(entry)
    return found


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "asab_sentry"]


@pytest.mark.parametrize("directory", ["disk", "memory"])
def test_first_in_first_out(store: Store, directory: str) -> None:
    """What is put in comes out byte for byte, the oldest first, and is gone when it is removed."""
    if directory == "memory":
        store.directory = None
    spool = store.spool()
    given = [b"", b"one", bytes(range(256)) * 1000, b"a\nb\n"]
    for content in given:
        spool.put("error", content)
    assert len(spool) == 4
    assert spool.in_memory == (4 if directory == "memory" else 0)
    assert contents(spool) == given
    assert len(spool) == 0
    assert directory == "memory" or store.files == []


def test_on_disk_when_put_returns(store: Store) -> None:
    """A file is there when `put` returns, readable for its owner only, in directories for their owner only."""
    spool = store.spool()
    os.umask(os.umask(0o022))
    spool.put("error", b"content")
    (file,) = store.files
    assert file.read_bytes().endswith(b"\ncontent")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for directory in (file.parent, file.parent.parent, file.parent.parent.parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert file.parent.parent.parent == store.directory
    assert stat.S_IMODE((file.parent / "lock").stat().st_mode) == 0o600


def test_labels(store: Store) -> None:
    """Entries are told apart by their labels."""
    spool = store.spool()
    spool.put("error", b"1")
    spool.put("monitor", b"2")
    spool.put("error", b"3")
    found = spool.first(lambda entry: entry.label == "monitor")
    assert spool.read(found) == b"2"
    assert spool.read(spool.first(lambda entry: entry.label == "error", skip=1)) == b"3"
    assert spool.first(lambda entry: entry.label == "nothing") is None


@pytest.mark.parametrize(
    ("bounds", "reason", "left"),
    [
        ({"max_envelopes": 3}, "max_envelopes", [b"7" * 100, b"8" * 100, b"9" * 100]),
        ({"max_bytes": 300}, "max_bytes", [b"8" * 100, b"9" * 100]),
    ],
)
def test_bounds(store: Store, bounds: dict[str, int], reason: str, left: list[bytes]) -> None:
    """Over a bound the oldest are dropped, each counted with its reason."""
    spool = store.spool(**bounds)
    for number in range(10):
        spool.put("error", str(number).encode() * 100)
    assert len(store.files) == len(left)
    assert store.lost == {("error", reason): 10 - len(left)}
    assert contents(spool) == left


def test_larger_than_all(store: Store) -> None:
    """What is larger than the whole store is dropped itself, and nothing else."""
    spool = store.spool(max_bytes=300)
    spool.put("error", b"small")
    spool.put("monitor", b"x" * 301)
    assert contents(spool) == [b"small"]
    assert store.lost == {("monitor", "max_bytes"): 1}


@pytest.mark.parametrize("directory", ["disk", "memory"])
def test_age(store: Store, directory: str) -> None:
    """What is too old is dropped when it is looked at, not sent."""
    if directory == "memory":
        store.directory = None
    spool = store.spool(max_age=60.0)
    spool.put("error", b"old")
    store.clock.now += 30
    spool.put("error", b"young")
    store.clock.now += 31
    assert contents(spool) == [b"young"]
    assert store.lost == {("error", "max_age"): 1}


def test_next_start(store: Store) -> None:
    """What a dead process left is taken over by the next one, in order of time, before what that puts in itself."""
    first = store.spool()
    first.put("error", b"1")
    first.put("monitor", b"2")
    store.die(first)
    second = store.spool()
    second.put("error", b"3")
    second.tend()
    assert [path.parent for path in store.files] == [store.files[0].parent] * 3
    assert second.first(lambda entry: entry.label == "monitor") is not None
    assert contents(second) == [b"1", b"2", b"3"]
    assert len(list(store.directory.glob("*/*"))) == 1


def test_the_living_are_left_alone(store: Store) -> None:
    """Of two processes on one directory neither sees what the other one keeps."""
    first, second = store.spool(), store.spool()
    first.put("error", b"1")
    second.put("error", b"2")
    first.tend()
    second.tend()
    assert contents(first) == [b"1"]
    assert contents(second) == [b"2"]


def test_close_leaves_the_rest(store: Store) -> None:
    """A store that is closed empty leaves no directory of its own, otherwise the next one finds what is left."""
    spool = store.spool()
    spool.put("error", b"1")
    spool.close()
    assert len(store.files) == 1
    spool = store.spool()
    spool.tend()
    assert contents(spool) == [b"1"]
    spool.close()
    assert list(store.directory.glob("*/*")) == []


def test_bounds_hold_for_what_is_taken_over(store: Store) -> None:
    """What was left by others counts for the bounds, and is the first to go."""
    for number in range(3):
        spool = store.spool()
        spool.put("error", b"old %d" % number)
        store.die(spool)
    spool = store.spool(max_envelopes=2)
    spool.put("error", b"new")
    spool.tend()
    assert store.lost == {("error", "max_envelopes"): 2}
    assert contents(spool) == [b"old 2", b"new"]


def test_other_destinations(store: Store) -> None:
    """What was kept for another destination is never given out, is there when that is used again, and gets too old."""
    here = store.spool("here")
    here.put("error", b"for here")
    store.die(here)
    there = store.spool("there")
    there.tend()
    assert contents(there) == []
    here = store.spool("here")
    here.tend()
    entry = here.first(lambda _: True)
    assert here.read(entry) == b"for here"
    store.die(here)
    store.clock.now += 8 * DAY
    there.tend()
    assert store.files == []
    assert list(store.directory.glob("*-here/*")) == []


def test_the_living_of_other_destinations_are_left_alone(store: Store) -> None:
    """Even what is too old is left to a living process."""
    here, there = store.spool("here"), store.spool("there")
    here.put("error", b"1")
    store.clock.now += 8 * DAY
    there.tend()
    assert len(store.files) == 1
    assert contents(here) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b"asab-sentry 2 00000000\n{}", b"asab-sentry 1 00000000\ncontent", bytes(5000)],
    ids=["empty", "garbage", "version", "checksum", "zeros"],
)
def test_damaged(store: Store, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    """A file that is damaged is not given out; one line says so, it is counted, and the rest is given out."""
    spool = store.spool()
    for text in (b"1", b"2", b"3"):
        spool.put("error", text)
    store.files[1].write_bytes(content)
    store.die(spool)
    spool = store.spool()
    spool.tend()
    assert contents(spool) == [b"1", b"3"]
    assert len(said(caplog)) == 1
    assert "damaged" in said(caplog)[0]
    assert store.lost == {("error", "unreadable"): 1}
    assert store.files == []


def test_cut_short(store: Store) -> None:
    """A file of which only a beginning was written is not given out."""
    spool = store.spool()
    spool.put("error", b"content")
    (file,) = store.files
    file.write_bytes(file.read_bytes()[:-1])
    assert contents(spool) == []


def test_unfinished(store: Store) -> None:
    """What a process was writing when it was killed is removed without a word."""
    spool = store.spool()
    spool.put("error", b"1")
    (file,) = store.files
    (file.parent / f".{file.name}").write_bytes(b"half")
    store.die(spool)
    spool = store.spool()
    spool.tend()
    assert contents(spool) == [b"1"]
    assert list(store.directory.rglob(".*")) == []


def test_foreign_files(store: Store) -> None:
    """Files and directories of others are left as they are, wherever they stand."""
    spool = store.spool()
    spool.put("error", b"1")
    home = store.files[0].parent
    foreign = [home / "README", home.parent / "file", store.directory / "v2-here" / "1-00000000" / "x", home / "link"]
    foreign[2].parent.mkdir(parents=True)
    for path in foreign[:3]:
        path.write_text("foreign")
    foreign[3].symlink_to("/etc/passwd")
    store.die(spool)
    spool = store.spool()
    spool.tend()
    assert contents(spool) == [b"1"]
    assert all(path.exists() for path in foreign)


def test_links_are_not_followed(store: Store, tmp_path: Path) -> None:
    """A link in place of an envelope is not read."""
    (tmp_path / "secret").write_bytes(folder._head(b"secret") + b"secret")
    spool = store.spool()
    spool.put("error", b"1")
    (file,) = store.files
    file.unlink()
    file.symlink_to(tmp_path / "secret")
    assert contents(spool) == []


def test_a_file_in_its_place(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Where the directory cannot be made one line says so, and all is kept in memory, within the bounds."""
    store.directory.parent.mkdir()
    store.directory.write_text("a file")
    spool = store.spool(max_envelopes=2)
    for text in (b"1", b"2", b"3"):
        spool.put("error", text)
    spool.tend()
    assert spool.in_memory == 2
    assert contents(spool) == [b"2", b"3"]
    (line,) = said(caplog)
    assert line.startswith("Events are kept in memory only: ")
    assert store.lost == {("error", "max_envelopes"): 1}


def test_recovers(store: Store) -> None:
    """When the directory can be used again, what was kept in memory is written there."""
    store.directory.parent.mkdir()
    store.directory.write_text("a file")
    spool = store.spool()
    spool.put("error", b"1")
    store.directory.unlink()
    spool.put("error", b"2")
    assert (len(spool), spool.in_memory) == (2, 1)
    spool.tend()
    assert (len(store.files), spool.in_memory) == (2, 0)
    assert contents(spool) == [b"1", b"2"]


def test_directory_removed(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """When somebody removes the directory it is made again, and what was in it is counted as lost."""
    spool = store.spool()
    spool.put("error", b"1")
    subprocess.run(["rm", "-r", store.directory], check=True)
    spool.put("error", b"2")
    assert spool.in_memory == 0
    assert contents(spool) == [b"2"]
    assert store.lost == {("error", "unreadable"): 1}


@pytest.mark.parametrize("place", ["/proc/1/spool", "/dev/null/spool"])
def test_impossible_places(store: Store, place: str, caplog: pytest.LogCaptureFixture) -> None:
    """Places where not even root can write are as good as none."""
    store.directory = Path(place)
    spool = store.spool()
    spool.put("error", b"1")
    spool.tend()
    assert contents(spool) == [b"1"]
    assert len(said(caplog)) == 1


SMALL = """
import sys, pathlib
sys.path.insert(0, sys.argv[2])
from asab_sentry.delivery.entries import Storage
from asab_sentry.delivery.spool import Spool
spool = Spool(Storage(pathlib.Path(sys.argv[1]), 10**7, 1000, 1e6), "here", print)
for number in range(40):
    spool.put("error", b"%02d" % number * 20000)
found = []
while (entry := spool.first(lambda _: True)) is not None:
    found.append(int(spool.read(entry)[:2]))
    spool.remove(entry)
assert found == list(range(40)), found
spool.put("error", b"x" * 20000)
print(spool.in_memory, [path.name for path in pathlib.Path(sys.argv[1]).rglob(".*")])
"""


def mounted(tmp_path: Path, script: str, command: str = "true") -> subprocess.CompletedProcess:
    """Run a script with the path of a small filesystem of its own; before that, a command."""
    small = tmp_path / "small"
    small.mkdir()
    (tmp_path / "script.py").write_text(script)
    mount = f"mount -t tmpfs -o size=512k tmpfs {small}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("no filesystem can be mounted here")
    run = f"{mount} && {command} && exec {sys.executable} {tmp_path}/script.py {small} {Path(__file__).parents[1]}"
    return subprocess.run(["unshare", "-m", "sh", "-c", run], capture_output=True, text=True, check=False)


def test_read_only(tmp_path: Path) -> None:
    """On a read-only filesystem one line says so, and all is kept in memory."""
    script = SMALL.rpartition("spool.put")[0]
    done = mounted(tmp_path, script, f"mount -o remount,ro {tmp_path}/small")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("kept in memory only") == 1
    assert "Read-only file system" in done.stderr


def test_full_disk(tmp_path: Path) -> None:
    """On a full disk the rest is kept in memory and all comes out in order; when there is room it is used again."""
    done = mounted(tmp_path, SMALL)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0 []\n"
    assert done.stderr.count("kept in memory only") == 1
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.ENOSPC, errno.EIO, errno.EFBIG], ids=errno.errorcode.get)
def test_no_room(store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int) -> None:
    """Whatever a filesystem says when it takes no more than a part, the rest is kept in memory until it has room."""
    room, real = [250], os.write

    def write(descriptor: int, content: memoryview) -> int:
        taken = min(room[0], len(content))
        room[0] -= taken
        if not taken:
            raise OSError(number, os.strerror(number))
        return real(descriptor, content[:taken])

    monkeypatch.setattr(os, "write", write)
    spool = store.spool()
    given = [str(digit).encode() * 100 for digit in range(4)]
    for content in given:
        spool.put("error", content)
    assert (len(store.files), spool.in_memory) == (2, 2)
    assert list(store.directory.rglob(".*")) == []
    (line,) = said(caplog)
    assert line.startswith("Events are kept in memory only: ")
    assert line.endswith(f"cannot be used ({os.strerror(number)})")
    room[0] = 10**6
    spool.tend()
    assert (len(store.files), spool.in_memory) == (4, 0)
    assert contents(spool) == given
    assert store.lost == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_wrong_owner(tmp_path: Path) -> None:
    """A directory of another owner is as good as none; one line says so."""
    (tmp_path / "spool").mkdir(mode=0o700)
    script = tmp_path / "script.py"
    some = SMALL.replace("spool = ", "import os; os.setuid(65534); spool = ", 1).rpartition("spool.put")[0]
    script.write_text(some)
    command = [sys.executable, script, tmp_path / "spool", Path(__file__).parents[1]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Permission denied" in done.stderr
    assert done.stderr.count("kept in memory only") == 1


def test_fsync(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fsync the file and its directory are synchronized before `put` returns, without it neither."""
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(descriptor) or real(descriptor))
    store.spool().put("error", b"1")
    assert synced == []
    store.spool(fsync=True).put("error", b"1")
    assert len(synced) == 2
