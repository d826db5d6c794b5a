"""Two runs do not work in one home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loop.cycle.lock import hold
from loop.errors import EnvironmentFault
from loop.home import Home, open_home

HOLDER = """
import pathlib, sys, time
from loop.cycle.lock import hold
from loop.home import Home
with hold(Home(pathlib.Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path)


def holder(home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(home.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_and_told_who_is_at_work(home: Home) -> None:
    process = holder(home)
    try:
        with pytest.raises(EnvironmentFault, match=f"process {process.pid}"), hold(home):
            pass
    finally:
        process.kill()
        process.communicate()


def test_a_killed_holder_leaves_no_lock(home: Home) -> None:
    process = holder(home)
    process.kill()
    process.communicate()
    with hold(home):
        pass


def test_within_a_process_it_is_re_entrant(home: Home) -> None:
    with hold(home), hold(home):
        pass
    with hold(home):
        pass


def test_a_forked_child_does_not_keep_the_lock_of_a_dead_parent(home: Home) -> None:
    script = HOLDER.replace(
        'print("held"',
        "import os\n    r, w = os.pipe()\n    if os.fork() == 0:\n        os.write(w, b'forked')\n"
        '        time.sleep(3)\n        os._exit(0)\n    os.read(r, 6)\n    print("held"',
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(home.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    os.kill(process.pid, 9)
    process.wait()
    with hold(home):
        pass
    process.stdout.close()
