"""The store of envelopes: what is kept, in which order, for how long, and what happens to other people's files."""

import errno
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path

import apps
import programs
import pytest
from kept import kept_files

from asab_sentry.delivery import clock, files, preallocated
from asab_sentry.delivery.spool import Spool
from asab_sentry.delivery.storage import Storage
from asab_sentry.runtime import diagnostics

DAY = 86400.0


class Clock:
    """A clock on the wall, which may be set, and a steady one; time passes by hand."""

    def __init__(self) -> None:
        self.wall = 1.7e9
        self.steady = 1000.0

    def __call__(self) -> float:
        self.wall += 1e-6
        return self.wall

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


class Store:
    """Spools on one directory, as of several processes, and what they lost."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.clock = Clock()
        self.lost: Counter[tuple[str, str]] = Counter()
        self._opened: list[Spool] = []

    def spool(self, destination: str = "here", **bounds) -> Spool:
        storage = Storage(self.directory, **({"max_bytes": 10**6, "max_envelopes": 100, "max_age": 7 * DAY} | bounds))
        spool = Spool(storage, destination, lambda *of: self.lost.update([of]), self.clock, lambda: self.clock.steady)
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
        return kept_files(self.directory)


@pytest.fixture
def store(tmp_path: Path):
    diagnostics.said_at.clear()
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


@pytest.mark.parametrize("number", [0, 1, 15, 16, 5000])
def test_pieces(store: Store, number: int) -> None:
    """What is put in pieces comes out whole, however many there are."""
    spool = store.spool()
    spool.put("error", *[b"piece"] * number)
    assert spool.in_memory == 0
    assert contents(spool) == [b"piece" * number]


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


def descriptors(directory: Path, *, locks: bool = False) -> list[int]:
    """Return those of open files in a directory, without those of locks, or these alone."""
    links = [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return [
        int(link.name)
        for link in links
        if link.readlink().is_relative_to(directory) and (link.readlink().name == "lock") is locks
    ]


def test_prepared(store: Store) -> None:
    """What is put into files that were opened before is in the same files as without; nothing is left of those."""
    spool = store.spool()
    spool.prepare()  # there is no directory yet
    given = [b"%d" % number for number in range(6)]
    for content in given:
        spool.put("error", content)
        if content == b"2":
            spool.prepare()
    assert len(store.files) == 6
    assert max(path.stat().st_size for path in store.files) == files.ROOM
    spool.prepare()
    large = [path for path in store.files if path.stat().st_size > 100]
    assert len(large) == preallocated.MOST
    assert descriptors(store.directory)
    assert contents(spool) == given
    spool.close()
    assert descriptors(store.directory) == list(store.directory.glob("*/*")) == []


def made(store: Store) -> set[tuple[str, int]]:
    """Return the names and inodes of all files in the directories of spools, but of their locks."""
    paths = [path for path in store.directory.glob("*/*/*") if path.name != "lock"]
    return {(path.name, path.stat().st_ino) for path in paths}


def test_files_are_used_again(store: Store) -> None:
    """Where each envelope is sent before the next comes, all are in the same few files, long and short ones."""
    spool = store.spool()
    spool.open()
    spool.prepare()
    before = made(store)
    for size in (5000, 3, 0, 50_000, 4999, 70_000, 3):
        content = os.urandom(size)
        spool.put("error", content)
        assert contents(spool) == [content]
        assert store.files == []
        spool.prepare()
    assert len(before) == preallocated.MOST
    # The one that had no room for what was written was removed.
    assert len(made(store) & before) == 1
    assert len(descriptors(store.directory)) in {1, 2}
    spool.close()
    assert descriptors(store.directory) == list(store.directory.glob("*/*")) == []


def test_files_that_are_used_again_have_nothing_of_before(store: Store) -> None:
    """What was sent is not left on the disk, and not sent again where the process is killed then."""
    dead, heir = store.spool(), store.spool()
    dead.open()
    dead.prepare()
    dead.put("error", b"was sent")
    assert contents(dead) == [b"was sent"]
    assert len(made(store)) == preallocated.MOST
    assert not any(b"was sent" in path.read_bytes() for path in store.directory.glob("*/*/*"))
    dead.put("error", b"was not")
    store.die(dead)
    heir.maintain()
    assert contents(heir) == [b"was not"]
    assert store.lost == {}


def test_files_that_stay_open(store: Store) -> None:
    """Few files stay open while nothing is sent, and what is dropped or removed by somebody is not given out."""
    spool = store.spool(max_envelopes=10)
    spool.open()
    for number in range(30):
        spool.prepare()
        spool.put("error", b"%d" % number)
        assert len(descriptors(store.directory)) <= 2 * preallocated.MOST
    assert store.lost == {("error", "max_envelopes"): 20}
    assert contents(spool) == [b"%d" % number for number in range(20, 30)]
    spool.prepare()
    spool.put("error", b"removed")
    (file,) = store.files
    file.unlink()
    spool.put("error", b"stays")
    assert contents(spool) == [b"stays"]


def test_files_that_others_closed_while_they_were_open(store: Store, tmp_path: Path) -> None:
    """Where somebody has closed what was written, it is given out, and nothing is done to what was opened instead."""
    spool = store.spool()
    spool.open()
    spool.prepare()
    spool.put("error", b"one")
    opened = descriptors(store.directory)
    for number in opened:
        os.close(number)
    with (tmp_path / "log").open("w") as log, (tmp_path / "other").open("w") as other:
        assert {log.fileno(), other.fileno()} == set(opened)
        for file in (log, other):
            file.write("mine")
            file.flush()
        assert contents(spool) == [b"one"]
        spool.put("error", b"two")
        assert contents(spool) == [b"two"]
        spool.close()
        assert [(tmp_path / name).read_text() for name in ("log", "other")] == ["mine"] * 2


@pytest.mark.parametrize("size", [0, 7, files.ROOM - 1, files.ROOM, 3 * files.ROOM])
def test_prepared_and_killed(store: Store, size: int) -> None:
    """Who takes over from a killed process gives out what that has written, and removes what it had prepared."""
    dead, heir = store.spool(), store.spool()
    for number in range(3):
        dead.put("error", b"%d" % number * size)
        dead.prepare()
    dead.put("error", b"3" * size)
    store.die(dead)
    heir.maintain()
    assert all(entry.size < size + 100 for entry in heir._entries.all())
    assert contents(heir) == [b"%d" % number * size for number in range(4)]
    assert list(store.directory.glob("*/*")) == [heir.directory]


def test_prepared_and_closed_by_others(store: Store, tmp_path: Path) -> None:
    """Where somebody has closed what was prepared, nothing is written to what was opened in its place."""
    spool = store.spool()
    spool.open()
    spool.prepare()
    prepared = descriptors(store.directory)
    for number in prepared:
        os.close(number)
    with (tmp_path / "log").open("w") as log:
        assert log.fileno() in prepared
        spool.put("error", b"one")
        spool.put("error", b"two")
        spool.prepare()
        log.write("mine")
        spool.close()
    assert (tmp_path / "log").read_text() == "mine"
    assert len(store.files) == 2


def test_closed_by_others(store: Store, tmp_path: Path) -> None:
    """Where somebody has closed the lock of a directory it is locked again, and what was opened since stays open."""
    spool = store.spool()
    spool.put("error", b"one")
    (lock,) = descriptors(store.directory, locks=True)
    os.close(lock)
    spool.hold()
    other = store.spool()
    other.maintain()
    assert contents(other) == []
    other.close()
    (lock,) = descriptors(store.directory, locks=True)
    os.close(lock)
    with (tmp_path / "log").open("w") as log:
        assert log.fileno() == lock
        spool.disown()
        os.fstat(log.fileno())


def test_closed_by_others_and_taken_over(store: Store) -> None:
    """Where another one was faster, that one sends what was there, and what comes is in another directory."""
    spool = store.spool()
    spool.put("error", b"one")
    before = spool.directory
    (lock,) = descriptors(store.directory, locks=True)
    os.close(lock)
    other = store.spool()
    other.maintain()
    assert contents(other) == [b"one"]
    spool.hold()
    assert spool.directory not in {before, None}
    spool.put("error", b"two")
    assert contents(spool) == [b"two"]


def test_prepared_and_written_in_part(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a process was writing when it was killed nothing is given out."""
    dead, heir = store.spool(), store.spool()
    dead.open()
    for size in (100, files.ROOM, 3 * files.ROOM):
        dead.prepare()
        with monkeypatch.context() as patch:
            patch.setattr(
                os, "writev", lambda descriptor, pieces: os.write(descriptor, b"".join(pieces)[:-50]) and 10**9
            )
            dead.put("error", b"x" * size)
    dead.put("error", b"content")
    store.die(dead)
    heir.maintain()
    assert contents(heir) == [b"content"]
    assert store.lost == {("error", "unreadable"): 3}


def test_no_room_to_prepare(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room for what would be prepared, nothing is left of it, and what has room is in a file."""
    spool = store.spool()
    spool.open()
    monkeypatch.setattr(os, "pwrite", failing(errno.ENOSPC))
    spool.prepare()
    assert descriptors(store.directory) == []
    spool.put("error", b"content")
    assert len(list(store.directory.rglob("0*"))) == 1
    assert spool.in_memory == 0


def test_room_for_a_part(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is room for a part of what would be prepared, that is not taken for an envelope."""
    real = os.pwrite
    dead, heir = store.spool(), store.spool()
    dead.open()
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda descriptor, content, at: real(descriptor, content[:1000], at))
        dead.prepare()
    assert descriptors(store.directory)
    dead.put("error", b"content")
    store.die(dead)
    heir.maintain()
    assert contents(heir) == [b"content"]
    assert store.lost == {}


def test_prepared_and_removed(store: Store) -> None:
    """Where somebody has removed the directory, another one has what comes."""
    spool = store.spool()
    spool.open()
    spool.prepare()
    shutil.rmtree(store.directory)
    spool.put("error", b"content")
    assert len(store.files) == 1
    assert contents(spool) == [b"content"]


@pytest.mark.parametrize("above", [0, 1, 2])
def test_prepared_and_moved(store: Store, above: int) -> None:
    """Where somebody has moved the directory, or one that it is in, what comes is where it will be looked for."""
    spool = store.spool()
    spool.open()
    spool.prepare()
    place = [store.directory, store.directory.parent, spool.directory][above]
    place.rename(place.with_name("moved"))
    for number in range(4):
        spool.put("error", b"%d" % number)
    assert contents(spool) == [b"0", b"1", b"2", b"3"]
    assert store.lost == {}


def test_link_that_leads_elsewhere(store: Store, tmp_path: Path) -> None:
    """A directory that is a link may lead to another one from some moment on, as that of a release does."""
    for name in ("release-1", "release-2"):
        (tmp_path / name).mkdir()
    link = tmp_path / "current"
    link.symlink_to("release-1")
    store.directory = link / "spool"
    spool = store.spool()
    spool.open()
    spool.prepare()
    link.unlink()
    link.symlink_to("release-2")
    for number in range(4):
        spool.put("error", b"%d" % number)
    assert len(kept_files(tmp_path / "release-2")) == 4
    assert contents(spool) == [b"0", b"1", b"2", b"3"]


@pytest.mark.parametrize("end", [Spool.leave, Spool.close], ids=["leave", "close"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_left_meanwhile(store: Store, monkeypatch: pytest.MonkeyPatch, when: str, end) -> None:
    """What is put while the directory is left to others, by another thread, is in another one, once."""
    spool = store.spool()
    spool.open()
    spool.prepare()
    real = os.writev

    def writev(descriptor: int, pieces) -> int:
        monkeypatch.undo()
        written = real(descriptor, pieces) if when == "after" else 0
        end(spool)
        return written or real(descriptor, pieces)

    monkeypatch.setattr(os, "writev", writev)
    spool.put("error", b"content")
    assert len(store.files) == 1
    assert contents(spool) == [b"content"]
    assert store.files == []


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


def test_first_of_many(store: Store) -> None:
    """So is one that comes after any number of others."""
    spool = store.spool()
    for number in range(100):
        spool.put("even" if number in {40, 80} else "odd", b"%d" % number)
    chosen = [spool.first(lambda entry: entry.label == "even", skip=skip) for skip in range(3)]
    assert [spool.read(entry) for entry in chosen] == [b"40", b"80", b"80"]
    assert spool.read(spool.first(lambda _: True, skip=31)) == b"31"
    assert spool.read(spool.first(lambda _: True, skip=32)) == b"32"
    assert spool.newest == spool.first(lambda _: True, skip=99).name


@pytest.mark.parametrize(
    ("bounds", "reason", "left"),
    [
        ({"max_envelopes": 3}, "max_envelopes", [b"7" * 100, b"8" * 100, b"9" * 100]),
        ({"max_bytes": 400}, "max_bytes", [b"8" * 100, b"9" * 100]),
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
    store.clock.passes(30)
    spool.put("error", b"young")
    store.clock.passes(31)
    assert contents(spool) == [b"young"]
    assert store.lost == {("error", "max_age"): 1}


@pytest.mark.parametrize("wall", [0.0, 1e6, 1.7e9 + 400 * DAY, 1.7e9 - 400 * DAY, 4e9])
@pytest.mark.parametrize("directory", ["disk", "memory"])
def test_clock_that_is_set(store: Store, directory: str, wall: float) -> None:
    """What waits is not dropped when the clock is set, from 1970, forth or back; its age is the time that passed."""
    if directory == "memory":
        store.directory = None
    store.clock.wall, now = wall, 1.7e9
    spool = store.spool(max_age=60.0)
    spool.put("error", b"1")
    store.clock.wall = now
    spool.put("error", b"2")
    store.clock.passes(30)
    spool.maintain()
    assert spool.age == pytest.approx(30)
    assert sorted(contents(spool)) == [b"1", b"2"]
    spool.put("error", b"3")
    store.clock.wall = wall
    store.clock.passes(30)
    spool.maintain()
    assert store.lost == {}
    store.clock.passes(31)
    spool.maintain()
    assert store.lost == {("error", "max_age"): 1}
    assert len(spool) == 0


def test_order_when_the_clock_is_set_back(store: Store) -> None:
    """What comes later is given out later, also when the clock was set back meanwhile."""
    spool = store.spool()
    spool.put("error", b"1")
    store.clock.wall -= 30 * DAY
    spool.put("error", b"2")
    assert contents(spool) == [b"1", b"2"]


@pytest.mark.parametrize("wall", [0.0, 1.7e9 - 400 * DAY, 1.7e9 + 400 * DAY])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_clock_that_is_set_before_the_next_start(store: Store, when: str, wall: float) -> None:
    """Nor is what a dead process left, for this destination or another, on a machine that has not started since."""
    store.clock.wall, now = wall, 1.7e9
    for destination in ("here", "there"):
        dead = store.spool(destination)
        dead.put("error", b"1")
        if when == "meanwhile":
            store.clock.wall = now
            dead.put("error", b"2")
            store.clock.wall = wall
        store.die(dead)
    store.clock.wall = now
    store.clock.passes(3600)
    spool = store.spool()
    spool.maintain()
    assert store.lost == {}
    assert sorted(contents(spool)) == ([b"1"] if when == "before" else [b"1", b"2"])
    assert len(store.files) == (1 if when == "before" else 2)


def test_another_start_of_the_machine(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After another start of the machine, what seems older than this package counts as new, the rest by its moment."""
    for wall, boot in ((1000.0, "first"), (1.7e9, "second")):
        monkeypatch.setattr(clock, "BOOT", store.directory.parent / boot)
        store.directory.parent.mkdir(exist_ok=True)
        (store.directory.parent / boot).write_text(boot)
        store.clock.wall = wall
        dead = store.spool()
        dead.put("error", boot.encode())
        store.die(dead)
    monkeypatch.setattr(clock, "BOOT", Path("/nowhere"))
    store.clock.passes(8 * DAY)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"first"]
    assert store.lost == {("error", "max_age"): 1}


@pytest.mark.parametrize(
    "mark", [b"", b"garbage", b"x" * 5000, b"\xff\x00 nan", b"{boot} soon", b"{boot} -inf", b"{boot} nan"]
)
def test_mark_that_is_none(store: Store, mark: bytes) -> None:
    """What is in the lock of a dead process may be anything."""
    dead = store.spool()
    dead.put("error", b"1")
    (path,) = store.files
    (path.parent / "lock").write_bytes(mark.replace(b"{boot}", clock.BOOT.read_bytes().strip()))
    store.die(dead)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"1"]


def test_next_start(store: Store) -> None:
    """What a dead process left is taken over by the next one, in order of time, before what that puts in itself."""
    first = store.spool()
    first.put("error", b"1")
    first.put("monitor", b"2")
    store.die(first)
    second = store.spool()
    second.put("error", b"3")
    second.maintain()
    assert [path.parent for path in store.files] == [store.files[0].parent] * 3
    assert second.first(lambda entry: entry.label == "monitor") is not None
    assert contents(second) == [b"1", b"2", b"3"]
    assert len(list(store.directory.glob("*/*"))) == 1


def test_copy(store: Store) -> None:
    """Of a directory that somebody has copied the content is given out once."""
    dead = store.spool()
    dead.put("error", b"1")
    shutil.copytree(dead.directory, dead.directory.with_name("1-00000000"))
    store.die(dead)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"1"]
    assert store.files == []


def test_the_living_are_left_alone(store: Store) -> None:
    """Of two processes on one directory neither sees what the other one keeps."""
    first, second = store.spool(), store.spool()
    first.put("error", b"1")
    second.put("error", b"2")
    first.maintain()
    second.maintain()
    assert contents(first) == [b"1"]
    assert contents(second) == [b"2"]


def test_close_leaves_the_rest(store: Store) -> None:
    """A store that is closed empty leaves no directory of its own, otherwise the next one finds what is left."""
    spool = store.spool()
    spool.put("error", b"1")
    spool.close()
    assert len(store.files) == 1
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"1"]
    spool.close()
    assert list(store.directory.glob("*/*")) == []


class Closing:
    """An heir by whom a spool is closed while it takes over what a dead process left."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def adopt(self, directory: Path, owners: frozenset[int] | None) -> None:
        self._spool.close()

    def expire(self, directory: Path, owners: frozenset[int] | None) -> None:
        raise AssertionError


def test_an_end_while_something_is_taken_over(store: Store, caplog) -> None:
    """What is taken over while the process ends waits for the next one; nothing is said to be lost, and nothing is."""
    dead, ending, last = store.spool(), store.spool(), store.spool()
    for number in range(5):
        dead.put("error", b"%d" % number)
    store.die(dead)
    ending.open()
    ending.heir = Closing(ending)
    ending.maintain()
    assert contents(ending) == []
    last.maintain()
    assert contents(last) == [b"%d" % number for number in range(5)]
    assert (store.lost, said(caplog)) == ({}, [])


def test_bounds_hold_for_what_is_taken_over(store: Store) -> None:
    """What was left by others counts for the bounds, and is the first to go."""
    for number in range(3):
        spool = store.spool()
        spool.put("error", b"old %d" % number)
        store.die(spool)
    spool = store.spool(max_envelopes=2)
    spool.put("error", b"new")
    spool.maintain()
    assert store.lost == {("error", "max_envelopes"): 2}
    assert contents(spool) == [b"old 2", b"new"]


def test_other_destinations(store: Store) -> None:
    """What was kept for another destination is never given out, is there when that is used again, and gets too old."""
    here = store.spool("here")
    here.put("error", b"for here")
    store.die(here)
    there = store.spool("there")
    there.maintain()
    assert contents(there) == []
    here = store.spool("here")
    here.maintain()
    entry = here.first(lambda _: True)
    assert here.read(entry) == b"for here"
    store.die(here)
    store.clock.passes(8 * DAY)
    there.maintain()
    assert store.files == []
    assert list(store.directory.glob("*-here/*")) == []


def test_the_living_of_other_destinations_are_left_alone(store: Store) -> None:
    """Even what is too old is left to a living process."""
    here, there = store.spool("here"), store.spool("there")
    here.put("error", b"1")
    store.clock.passes(8 * DAY)
    there.maintain()
    assert len(store.files) == 1
    assert contents(here) == []


DAMAGE = {
    "garbage": b"garbage",
    "version": b"asab-sentry 3 00000000\n{}",
    "an older one": b"asab-sentry 1 00000000\ncontent",
    "half a head": b"asab-sentry 2 000000",
    "checksum": b"asab-sentry 2 00000000 7 01700000000000000001-00000000.error\ncontent",
    "length": b"asab-sentry 2 00000000 9999999999 01700000000000000001-00000000.error\ncontent",
    "name": b"asab-sentry 2 00000000 7 ../../etc/passwd\ncontent",
    "zeros": bytes(1234),
    "many zeros": bytes(3 * files.ROOM),
}


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_damaged(store: Store, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    """A file that is damaged is not given out; one line says so, it is counted, and the rest is given out."""
    spool = store.spool()
    for text in (b"1", b"2", b"3"):
        spool.put("error", text)
    store.files[1].write_bytes(content)
    store.die(spool)
    spool = store.spool()
    spool.maintain()
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


PASSING = [errno.EMFILE, errno.ENFILE, errno.EIO, errno.EACCES, errno.ENOMEM, errno.ESTALE]


@pytest.mark.parametrize("number", PASSING, ids=errno.errorcode.get)
def test_passing_fault(store: Store, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """What cannot be read for a while stays in the store and on disk, and is given out when it can be read again."""
    spool = store.spool()
    for text in (b"1", b"2"):
        spool.put("error", text)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", failing(number))
        for _ in range(3):
            with pytest.raises(OSError, match=re.escape(os.strerror(number))):
                spool.read(spool.first(lambda _: True))
        spool.maintain()
    assert len(store.files) == 2
    assert store.lost == {}
    assert contents(spool) == [b"1", b"2"]


def failing(number: int):
    def fail(path, *_, **__):
        raise OSError(number, os.strerror(number), str(path))

    return fail


@pytest.mark.parametrize("function", ["open", "scandir", "rename", "stat"])
@pytest.mark.parametrize("number", PASSING, ids=errno.errorcode.get)
def test_passing_fault_of_an_heir(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, function: str, number: int
) -> None:
    """What dead processes left is taken over when that can be done, and nothing of it is removed before."""
    dead = store.spool()
    for text in (b"1", b"2"):
        dead.put("error", text)
    store.die(dead)
    other = store.spool("there")
    other.put("error", b"of another")
    store.die(other)
    spool = store.spool()
    assert spool.open()
    with monkeypatch.context() as patch:
        patch.setattr(os, function, failing(number))
        for _ in range(3):
            spool.maintain()
        assert len(spool) == 0
    assert len(said(caplog)) == 1
    assert len(store.files) == 3
    assert store.lost == {}
    spool.maintain()
    assert contents(spool) == [b"1", b"2"]
    assert len(store.files) == 1


def test_one_that_cannot_be_taken_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a dead process left, one file that cannot be moved leaves the others to be sent."""
    dead = store.spool()
    for text in (b"1", b"2", b"3"):
        dead.put("error", text)
    store.die(dead)
    real, bad = os.rename, store.files[1].name
    spool = store.spool()

    def rename(source, target, **how):
        if str(source).endswith(bad):
            raise PermissionError(errno.EPERM, "immutable", str(source))
        real(source, target, **how)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", rename)
        spool.maintain()
    assert contents(spool) == [b"1", b"3"]
    spool.maintain()
    assert contents(spool) == [b"2"]


def test_sent_and_not_removable(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that cannot be removed is said once, and not given out again by this process."""
    spool = store.spool()
    for text in (b"1", b"2"):
        spool.put("error", text)
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", failing(errno.EROFS))
        assert contents(spool) == [b"1", b"2"]
    (line,) = said(caplog)
    assert line.endswith("cannot be removed (Read-only file system); they are sent again")
    assert len(store.files) == 2


def test_unfinished(store: Store) -> None:
    """What nothing was written to when its process was killed is removed without a word, as is half of it of old."""
    spool = store.spool()
    spool.put("error", b"1")
    (file,) = store.files
    file.with_name(f".{0:020d}-00000000.error").write_bytes(b"half")
    file.with_name(f"{0:020d}-00000000.v2").touch()
    store.die(spool)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"1"]
    assert list(store.directory.rglob("0*")) == []


def test_older_version(store: Store) -> None:
    """What a process of an older version left is given out, damaged or too old like anything else."""
    for destination in ("here", "there"):
        dead = store.spool(destination)
        dead.put("error", b"2")
        old, damaged = (store.files[-1].with_name(f"{int(1.7e18) + number:020d}-00000000.monitor") for number in (0, 1))
        old.write_bytes(b"asab-sentry 1 %08x\n1" % zlib.crc32(b"1"))
        damaged.write_bytes(b"asab-sentry 1 00000000\n1")
        store.die(dead)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"1", b"2"]
    assert store.lost == {("monitor", "unreadable"): 1}
    assert len(store.files) == 3
    store.clock.passes(8 * DAY)
    spool.maintain()
    assert store.files == []


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
    spool.maintain()
    assert contents(spool) == [b"1"]
    assert all(path.exists() for path in foreign)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    directory = os.open(path.parent, os.O_RDONLY)  # a path of a socket may have 108 bytes
    made.bind(f"/proc/self/fd/{directory}/{path.name}")
    os.close(directory)
    made.close()


def device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root can make a device")


def link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


FOREIGN = [pipe, unix_socket, device, Path.mkdir, link, dangling]


@pytest.mark.parametrize("make", FOREIGN, ids=lambda make: make.__name__)
@pytest.mark.parametrize("place", ["left", "ours", "unfinished", "lock", "folder", "home"])
def test_things_that_are_no_files(store: Store, make, place: str) -> None:
    """Pipes, sockets, devices, directories and links with names of ours are neither waited for nor removed."""
    dead = store.spool()
    for text in (b"1", b"2"):
        dead.put("error", text)
    first, _ = store.files
    home = first.parent.parent
    store.die(dead)
    spool = store.spool()
    spool.maintain()
    assert len(spool) == 2
    first, _ = store.files
    thing = {
        "left": home / "1-00000000" / "00000000000000000001-00000000.error",
        "ours": first,
        "unfinished": home / "1-00000000" / ".00000000000000000001-00000000.error",
        "lock": home / "1-00000000" / "lock",
        "folder": home / "1-00000000",
        "home": store.directory / "v1-there",
    }[place]
    if place == "ours":
        first.unlink()
    elif place not in {"folder", "home"}:
        thing.parent.mkdir()
    make(thing)
    spool.maintain()
    assert contents(spool) == ([b"2"] if place == "ours" else [b"1", b"2"])
    spool.maintain()
    # An empty directory or pipe of the name of a folder or lock is as good as what a dead process leaves.
    if place not in {"lock", "folder", "home"}:
        assert os.path.lexists(thing)
    assert store.lost == ({("error", "unreadable"): 1} if place == "ours" else {})


def test_a_pipe_in_the_moment_of_reading(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that becomes a pipe after it was looked at is not waited for."""
    spool = store.spool()
    spool.put("error", b"1")
    (path,) = store.files
    facts = path.lstat()
    path.unlink()
    os.mkfifo(path)
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda place, **how: facts if place == path else real(place, **how))
    monkeypatch.setattr(Path, "lstat", lambda place: os.lstat(place))
    assert contents(spool) == []


def test_one_that_is_larger_than_all(store: Store) -> None:
    """A file that is over the bound by itself, whoever made it, is dropped alone when it is taken over."""
    dead = store.spool()
    for text in (b"1", b"2"):
        dead.put("error", text)
    with (store.files[0].parent / "09999999999999999999-00000000.error").open("wb") as huge:
        huge.truncate(2**40)
    store.die(dead)
    spool = store.spool(max_bytes=1000)
    spool.maintain()
    assert contents(spool) == [b"1", b"2"]
    assert store.lost == {("error", "max_bytes"): 1}


def test_huge_file(store: Store, tmp_path: Path) -> None:
    """A file that no server would take is damaged, and not read into memory."""
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(2**40)
    with pytest.raises(files.Damaged):
        files.read(tmp_path / "huge")


def test_links_are_not_followed(store: Store, tmp_path: Path) -> None:
    """A link in place of an envelope is not read."""
    (tmp_path / "secret").write_bytes(files.head(f"{0:020d}-00000000.error", 6, [b"secret"]) + b"secret")
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
    spool.maintain()
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
    spool.maintain()
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
    spool.maintain()
    assert contents(spool) == [b"1"]
    assert len(said(caplog)) == 1


SMALL = """
import sys, pathlib
sys.path.insert(0, sys.argv[2])
from asab_sentry.delivery.storage import Storage
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
print(spool.in_memory, len(list(pathlib.Path(sys.argv[1]).rglob("*.v2"))))
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
    assert done.stdout == "0 1\n"
    assert done.stderr.count("kept in memory only") == 1
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.ENOSPC, errno.EIO, errno.EFBIG], ids=errno.errorcode.get)
def test_no_room(store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int) -> None:
    """Whatever a filesystem says when it takes no more than a part, the rest is kept in memory until it has room."""
    room, real = [350], os.write

    def write(descriptor: int, content: memoryview) -> int:
        taken = min(room[0], len(content))
        room[0] -= taken
        if not taken:
            raise OSError(number, os.strerror(number))
        return real(descriptor, content[:taken])

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(os, "writev", lambda descriptor, pieces: write(descriptor, memoryview(b"".join(pieces))))
    spool = store.spool()
    given = [str(digit).encode() * 100 for digit in range(4)]
    for content in given:
        spool.put("error", content)
    assert (len(store.files), spool.in_memory) == (2, 2)
    assert len(list(store.directory.rglob("*.v2"))) == 2
    (line,) = said(caplog)
    assert line.startswith("Events are kept in memory only: ")
    assert line.endswith(f"cannot be used ({os.strerror(number)})")
    room[0] = 10**6
    spool.maintain()
    assert (len(store.files), spool.in_memory) == (4, 0)
    assert contents(spool) == given
    assert store.lost == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_wrong_owner(tmp_path: Path) -> None:
    """A directory of another owner is as good as none; one line says so, and who was refused."""
    (tmp_path / "spool").mkdir(mode=0o700)
    script = tmp_path / "script.py"
    some = SMALL.replace("spool = ", "import os; os.setuid(65534); spool = ", 1).rpartition("spool.put")[0]
    script.write_text(some)
    command = [str(script), str(tmp_path / "spool"), str(Path(__file__).parents[1])]
    done = programs.run(command, cwd=tmp_path, env=dict(os.environ), options=apps.WARNINGS)
    assert done.returncode == 0, done.stderr
    assert "cannot be used (Permission denied for user 65534)" in done.stderr
    assert done.stderr.count("kept in memory only") == 1


def test_open_to_all(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A directory to which others may write is not used, whatever is in it: all is kept in memory, said once."""
    forger = store.spool()
    forger.put("error", b"forged")
    store.die(forger)
    (home,) = store.directory.iterdir()
    home.chmod(0o777)
    spool = store.spool()
    for text in (b"1", b"2"):
        spool.put("error", text)
        spool.maintain()
    assert spool.in_memory == 2
    assert contents(spool) == [b"1", b"2"]
    (line,) = said(caplog)
    assert line == f"Events are kept in memory only: {home} cannot be used (others may write to it)"
    assert len(store.files) == 1
    assert [path.name for path in home.iterdir()] == [store.files[0].parent.name]
    home.chmod(0o700)
    spool.put("error", b"3")
    spool.maintain()
    assert contents(spool) == [b"forged", b"3"]


def test_open_to_a_group(store: Store) -> None:
    """One that was opened to a group is used: with `fsGroup`, Kubernetes does so whenever it mounts a volume."""
    spool = store.spool()
    spool.put("error", b"1")
    (home,) = store.directory.iterdir()
    home.chmod(0o2770)
    store.die(spool)
    spool = store.spool()
    spool.maintain()
    assert contents(spool) == [b"1"]


def test_home_that_is_a_link(store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A link in place of our directory is not followed."""
    (tmp_path / "elsewhere").mkdir()
    store.directory.mkdir(parents=True)
    (store.directory / "v1-here").symlink_to(tmp_path / "elsewhere")
    spool = store.spool()
    spool.put("error", b"1")
    assert spool.in_memory == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert "it is a link" in said(caplog)[0]


AS = """
import os, sys, pathlib
from asab_sentry.delivery.storage import Storage
from asab_sentry.delivery.spool import Spool
user = int(sys.argv[2])
os.setgroups([]), os.setgid(user), os.setuid(user)
os.umask(0)
spool = Spool(Storage(pathlib.Path(sys.argv[1]), 10**7, 1000, 1e6), "here", print)
spool.put("error", b"of %d" % user)
spool.maintain()
print(spool.in_memory, end="")
while (entry := spool.first(lambda _: True)) is not None and "keep" not in sys.argv:
    print("", (spool.read(entry) or b"nothing").decode(), end="")
    spool.remove(entry)
"""


@pytest.fixture
def shared():
    """A directory that all may enter, as pytest's own is not."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def as_user(shared: Path):
    script = shared / "script.py"
    script.write_text(AS)

    def run(user: int, directory: Path, *more: str) -> tuple[str, str]:
        # All modules are there before it becomes somebody else, who might not be able to read them.
        command = [str(script), str(directory), str(user), *more]
        done = programs.run(command, cwd=shared, env=dict(os.environ), options=apps.WARNINGS)
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    return run


@pytest.mark.parametrize("user", [0, 2002])
@pytest.mark.parametrize("open_to_all", [False, True])
def test_directory_of_another_user(shared: Path, as_user, user: int, *, open_to_all: bool) -> None:
    """In a shared place what another user has made there before is not used, by root neither; one line says so."""
    shared.chmod(0o1777)
    assert as_user(2001, shared / "spool", "keep") == ("0", "")
    (home,) = (shared / "spool").iterdir()
    if open_to_all:
        for path in [shared / "spool", home, *home.rglob("*")]:
            path.chmod(0o777)
    stdout, stderr = as_user(user, shared / "spool")
    assert stdout == f"1 of {user}"
    if user == 0 or open_to_all:
        reason = "others may write to it" if open_to_all else "it belongs to user 2001"
        assert f"Events are kept in memory only: {home} cannot be used ({reason})" in stderr
    else:
        assert "kept in memory only" in stderr
    assert len(kept_files(home)) == 1


def test_place_of_another_user(shared: Path, as_user) -> None:
    """A place that another user has made and opened to all may hold a directory of ours, as an empty volume does."""
    (shared / "spool").mkdir()
    (shared / "spool").chmod(0o777)
    os.chown(shared / "spool", 2001, 2001)
    assert as_user(2002, shared / "spool") == ("0 of 2002", "")


def test_files_of_another_user(shared: Path, as_user) -> None:
    """A file or a folder of another user among ours is left alone, also when it was put there while all could."""
    directory = shared / "spool"
    directory.mkdir()
    os.chown(directory, 2001, 2001)
    assert as_user(2001, directory, "keep") == ("0", "")
    (path,) = kept_files(directory)
    forged = path.with_name(f"{'0' * 20}-00000000.v2")
    shutil.copy(path, forged)
    os.chown(forged, 2002, 2002)
    forged.chmod(0o666)
    folder = shutil.copytree(path.parent, path.parent.with_name("1-00000000"))
    os.chown(folder, 2002, 2002)
    folder.chmod(0o777)
    stdout, stderr = as_user(2001, directory)
    assert stdout == "0 of 2001 of 2001"
    assert forged.exists()
    assert f"{folder} cannot be taken over (it belongs to user 2002)" in stderr


def test_volume_that_was_given_away(shared: Path, as_user) -> None:
    """Root uses what is in a volume that root has given to a user, as images of containers do by `chown -R`."""
    volume = Path("/var/lib") / f"asab-sentry-test-{os.getpid()}"
    if any(path.stat().st_mode & stat.S_IWOTH for path in volume.parents):
        pytest.skip("anybody may write there")
    volume.mkdir(mode=0o755)
    try:
        assert as_user(0, volume / "spool", "keep") == ("0", "")
        for path in [volume, *volume.rglob("*")]:
            os.chown(path, 2001, 2001)
        assert as_user(0, volume / "spool") == ("0 of 0 of 0", "")
        assert as_user(2001, volume / "spool")[0] == "0 of 2001"
    finally:
        shutil.rmtree(volume)


def test_fsync(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fsync the file and its directory are synchronized before `put` returns, without it neither."""
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(descriptor) or real(descriptor))
    store.spool().put("error", b"1")
    assert synced == []
    store.spool(fsync=True).put("error", b"1")
    assert len(synced) == 2


def test_taken_over_by_somebody_else(store: Store, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    """A directory that another process takes over at the same moment is theirs, of which nothing is said."""
    dead, spool = store.spool(), store.spool()
    dead.put("error", b"left")
    directory = dead.directory
    store.die(dead)
    spool.open()

    def taken(home: Path) -> list[Path]:
        if directory.exists():
            shutil.rmtree(directory)
        return [directory]

    monkeypatch.setattr("asab_sentry.delivery.spool.folders", taken)
    spool.maintain()
    assert len(spool) == 0
    assert said(caplog) == []
