"""What the page of other processes says runs, as it is written there."""

import re

import pytest
from far import title

from siblings.fleet import EXAMPLES

PAGE = (EXAMPLES.parents[1] / "docs" / "other-processes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```diff\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ARRIVES = [
    *[[]] * 5,  # of servers, whose requests are in test_siblings.py
    ["IndexError: list index out of range"],
    ["Exception: Couldn't delete todo!", "You caught me!"],
]


@pytest.mark.parametrize(("block", "arrives"), list(zip(BLOCKS, ARRIVES, strict=True)))
def test_blocks(far, fleet, block, arrives):
    """Each block of the page is a program, and what it captures arrives."""
    source = "".join(f"{line[1:]}\n" for line in block.splitlines() if not line.startswith("-"))
    (fleet.directory / "block.py").write_text(source)
    (fleet.directory / "shop.conf").write_text("[sentry]\n[sentry:integration:celery]\nmonitor_beat_tasks=yes\n")
    program = fleet.start("python", "block.py")
    assert program.wait() == 0, program.output
    assert list(map(title, far.events)) == arrives
