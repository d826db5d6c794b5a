from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from loop.report.progress import LineReporter, NullReporter, Reporter, RichReporter, reporter

ROOT = Path(__file__).parents[2]

STEPS = """
import time
from loop.report.progress import reporter
r = reporter(bars={bars})
r.start("grade", 40)
for i in range(40):
    r.advance(note=f"passed {{i}}")
    time.sleep(0.01)
r.say("[a bracket] stays")
r.done("40 graded")
"""


def on_a_terminal(code: str, **env: str) -> str:
    """What a program writes when its stderr is a terminal."""
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "xterm-256color", **env},
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    os.close(master)
    assert child.wait() == 0, seen.decode()
    return seen.decode()


def test_a_terminal_sees_a_bar_and_keeps_one_line_of_it() -> None:
    seen = on_a_terminal(STEPS.format(bars=None))
    assert "\x1b[" in seen and "passed" in seen
    assert "40 graded" in seen and "[a bracket] stays" in seen


def test_no_color_means_no_colours() -> None:
    colours = ("\x1b[3", "\x1b[1;3", "\x1b[38;5")
    assert any(code in on_a_terminal(STEPS.format(bars=None), NO_COLOR="") for code in colours)
    assert not any(code in on_a_terminal(STEPS.format(bars=None), NO_COLOR="1") for code in colours)


def test_no_progress_means_lines_on_a_terminal_too() -> None:
    seen = on_a_terminal(STEPS.format(bars=False))
    assert "\x1b[" not in seen
    assert "grade: started, 40 to do" in seen and "grade: done in" in seen


def test_a_dumb_terminal_gets_lines() -> None:
    assert "\x1b[" not in on_a_terminal(STEPS.format(bars=None), TERM="dumb")


def test_an_interrupted_step_gives_the_cursor_back() -> None:
    code = "from loop.report.progress import reporter\nreporter().start('train', 5)"
    seen = on_a_terminal(code)
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l") >= 0


def test_a_log_shows_life_now_and_then_and_not_at_every_step() -> None:
    stream, now = io.StringIO(), [0.0]
    log = LineReporter(stream, every=10.0, clock=lambda: now[0])
    log.start("practice", 1200)
    for _ in range(1200):
        now[0] += 0.05
        log.advance(note="passed 3")
    log.done("812 of 1200 pass")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "practice: started, 1200 to do"
    assert 4 <= len(lines) - 2 <= 6
    assert "after 10 s, 50 s left, passed 3" in lines[1] and "/1200 (" in lines[1]
    assert lines[-1] == "practice: done in 60.0 s - 812 of 1200 pass"


def test_a_step_of_unknown_length_is_counted() -> None:
    stream, now = io.StringIO(), [0.0]
    log = LineReporter(stream, every=1.0, clock=lambda: now[0])
    log.start("grade")
    now[0] = 2.0
    log.advance(7)
    assert "grade: 7 after 2 s" in stream.getvalue()


def test_starting_a_step_ends_the_one_before() -> None:
    stream = io.StringIO()
    log = LineReporter(stream)
    log.start("a")
    log.start("b")
    log.done()
    assert [line.split(" in ")[0] for line in stream.getvalue().splitlines()] == [
        "a: started",
        "a: done",
        "b: started",
        "b: done",
    ]


@pytest.mark.parametrize(
    "make", [NullReporter, lambda: LineReporter(io.StringIO()), lambda: RichReporter(io.StringIO())]
)
def test_every_reporter_bears_any_order_of_calls(make: type[Reporter]) -> None:
    talk = make()
    talk.done()
    talk.advance()
    talk.say("hello")
    talk.start("a", 0)
    talk.advance(3, "note")
    talk.start("b")
    talk.advance()
    talk.done("over")
    talk.done()


def test_a_pipe_gets_lines() -> None:
    assert isinstance(reporter(stream=io.StringIO()), LineReporter)
