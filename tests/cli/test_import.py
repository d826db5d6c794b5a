"""`loop import`: one clear message for what is wrong with a file, and a report that scripts can read."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from loop.cli.main import main
from loop.home import Home
from tests.support.scripted_world import make_pack, scripted_context

Loop = Callable[..., "subprocess.CompletedProcess[str]"]
MAPPING = '[records]\ntable = "calls"\n[fields]\ntask = "t"\ncompletion = "c"\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.jsonl", "--as", "teacher"], "absent.jsonl cannot be read"),
        (["empty.jsonl", "--as", "teacher"], "empty.jsonl holds no records"),
        (["broken.jsonl", "--as", "teacher", "--model", "big"], "line 2 is no JSON"),
        (["stage.jsonl", "--as", "teacher"], "did you mean 'implementation'"),
        (["whose.jsonl", "--as", "teacher"], "add --model NAME"),
        (["whose.jsonl", "--as", "teacher", "--model", "big", "--mapping", "map.toml"], "needs no mapping"),
        (["whose.jsonl", "--as", "agent"], "needs a mapping"),
        (["whose.jsonl", "--as", "agent", "--mapping", "map.toml"], "is no SQLite database"),
        (["whose.jsonl", "--as", "agent", "--mapping", "typo.toml"], "did you mean 'records'"),
        (["whose.jsonl", "--as", "student"], "student"),
        (["whose.jsonl"], "--as"),
        (["whose.jsonl", "--as", "teacher", "--stage", "coding"], "coding"),
        (["whose.jsonl", "--as", "teacher", "--model", "big", "--pack", "kate"], "unknown task pack 'kate'"),
    ],
)
def test_what_is_wrong_is_one_message_and_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    record = {"task": "t", "completion": "c"}
    files = {
        "empty.jsonl": "",
        "broken.jsonl": json.dumps(record) + '\n{"task"\n',
        "stage.jsonl": json.dumps({**record, "model": "big", "stage": "implementaton"}),
        "whose.jsonl": json.dumps(record),
        "map.toml": MAPPING,
        "typo.toml": MAPPING.replace("records", "recrods"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    for name in [name for name in os.environ if name.startswith("LOOP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOOP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert main(["import", *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not (tmp_path / "home" / "loop.duckdb").exists()


@pytest.mark.parametrize("talk", [["--json", "-q"], ["-q"]])
def test_the_report_counts_every_record(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], talk: list[str]
) -> None:
    tasks = {split: make_pack().split(split)[0] for split in ("practice", "audit")}  # type: ignore[arg-type]
    records = [
        {"task": tasks[split].id, "completion": f"```c\n{code}```"}
        for split, code in (("practice", tasks["practice"].spec.reference), ("practice", "int"), ("audit", "int"))
    ]
    file = home.root / "teacher.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    monkeypatch.setenv("LOOP_HOME", str(home.root))
    monkeypatch.setattr("loop.cycle.context.open_context", lambda settings, home, reporter: scripted_context(home))
    assert main(["import", str(file), "--as", "teacher", "--model", "big", *talk]) == 0
    said = capsys.readouterr().out
    if "--json" not in talk:
        assert said.startswith("2 of 3 records are new, and 1 of them pass\n")
        assert "left out: held_out\n            line 3: its task is held out" in said
        return
    data = json.loads(said)
    assert (data["source"], data["records"], data["new"]) == ("teacher", 3, 2)
    assert (data["kinds"]["pass"], sum(data["kinds"].values())) == (1, 2)
    assert {reason: count for reason, count in data["left_out"].items() if count} == {"held_out": 1}


def test_another_run_at_work_in_the_home_is_named(loop: Loop, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "home").mkdir()
    (tmp_path / "teacher.jsonl").write_text(json.dumps({"task": "t", "completion": "c"}))
    with (tmp_path / "home" / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = loop("import", "teacher.jsonl", "--as", "teacher", "--model", "big")
    assert done.returncode == 3, done.stderr
    assert "another run is at work" in done.stderr
