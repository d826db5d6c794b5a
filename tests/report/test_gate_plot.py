from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loop.errors import UsageError
from loop.report.gate_plot import plot
from loop.report.plot import run

ROWS: dict[str, Any] = {
    "any_false_promotion": {
        "the gate": [0.0, 0.01],
        "p < 0.05 each time": [0.03, 0.06],
        "the score went up": [0.5, 0.7],
    },
    "gains": [{"gain": g, "power": g * 4, "power_fixed": g * 5, "cost": 0.7} for g in (0.0, 0.1, 0.2)],
}


def test_the_same_rows_give_the_same_picture_with_every_gate_in_it(tmp_path: Path) -> None:
    plot(ROWS, tmp_path / "a.svg")
    plot(ROWS, tmp_path / "b.svg")
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert all(f"<!-- {name} -->" in text for name in ("the gate", "the score went up", "promoted, look by look"))


def test_other_rows_and_formats_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=r"no rows of loop\.gate\.histories"):
        plot({"gains": []}, tmp_path / "a.svg")
    with pytest.raises(UsageError, match="no format"):
        plot(ROWS, tmp_path / "a.txt")
    (tmp_path / "rows.json").write_text(json.dumps({"gains": []}))
    assert run(plot, "", [str(tmp_path / "rows.json"), str(tmp_path / "a.svg")]) == 2
    assert "error:" in capsys.readouterr().err
