from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from loop.errors import UsageError
from loop.report.plot import main, plot

ROWS = [
    {"seed": seed, "cycle": cycle, "split": split, "pass_at_1": 0.5 + 0.1 * cycle, "greedy": 0.4 + 0.1 * cycle,
     "ci": [0.4 + 0.1 * cycle, 0.6 + 0.1 * cycle]}
    for seed in (1, 2) for cycle in range(3) for split in ("audit", "vault")
]  # fmt: skip


@pytest.mark.parametrize(("name", "magic"), [("out.png", b"\x89PNG"), ("out.svg", b"<?xml")])
def test_a_plot_is_drawn_in_the_format_that_its_name_asks_for(tmp_path: Path, name: str, magic: bytes) -> None:
    plot(ROWS, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(magic)


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    plot(ROWS, tmp_path / "a.svg")
    plot(list(reversed(ROWS)), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_every_seed_and_split_stands_in_the_legend(tmp_path: Path) -> None:
    plot(ROWS, tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text()
    for label in ("seed 1, audit", "seed 1, vault", "seed 2, audit", "seed 2, vault"):
        assert f"<!-- {label} -->" in text


def test_rows_that_cannot_be_drawn_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no rows"):
        plot([], tmp_path / "a.png")
    with pytest.raises(UsageError, match="greedy"):
        plot([{"seed": 1, "cycle": 0, "split": "audit", "pass_at_1": 0.5}], tmp_path / "a.png")
    with pytest.raises(UsageError, match="no format"):
        plot(ROWS, tmp_path / "a.xyz")


def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(json.dumps(ROWS))
    command = [sys.executable, "-m", "loop.report.plot", str(tmp_path / "rows.json"), str(tmp_path / "out.png")]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "out.png").stat().st_size > 10_000


def test_a_missing_or_broken_file_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json"), str(tmp_path / "out.png")]) == 2
    (tmp_path / "rows.json").write_text("{")
    assert main([str(tmp_path / "rows.json"), str(tmp_path / "out.png")]) == 2
    assert main([]) == 2
    assert "error:" in capsys.readouterr().err
