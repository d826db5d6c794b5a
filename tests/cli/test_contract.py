"""What scripts rely on: exit codes, JSON alone on stdout, one clear message on stderr."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from loop.cli.main import COMMANDS, cli, main
from loop.errors import GateRefused, HomeError, LoopError, PackError, StoreError, UsageError
from loop.stage_names import STAGES

Loop = Callable[..., "subprocess.CompletedProcess[str]"]
READING = [["status"], ["log"], ["config"], ["db", "path"], ["db", "sql", "SELECT 1 AS one"], ["tasks", "list"]]


def load(name: str) -> click.Command:
    module, attribute = COMMANDS[name][0].split(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    return command


def leaves() -> list[tuple[str, click.Command]]:
    """Every command that does something, groups unfolded: ("tasks list", command)."""
    found = []
    for name in COMMANDS:
        command = load(name)
        inner = command.commands if isinstance(command, click.Group) else {}
        found += [(f"{name} {sub}", c) for sub, c in inner.items()] or [(name, command)]
    return found


def options(command: click.Command) -> set[str]:
    return {opt for parameter in command.params for opt in parameter.opts}


def test_every_command_of_the_table_loads_and_bears_its_name() -> None:
    for name in COMMANDS:
        assert load(name).name == name


@pytest.mark.parametrize(("name", "command"), leaves())
def test_every_command_explains_itself(name: str, command: click.Command) -> None:
    assert len(command.help or "") > 10
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not isinstance(parameter.type, click.Choice):
            assert parameter.help, f"{name} {parameter.opts}"


@pytest.mark.parametrize(("name", "command"), leaves())
def test_every_command_speaks_json_and_can_be_quiet(name: str, command: click.Command) -> None:
    if name != "completion":
        assert {"--json", "-q", "-v", "--no-progress"} <= options(command)


def test_whatever_changes_state_has_a_dry_run() -> None:
    changing = ["run", "audit", "practice", "import", "harvest", "train", "promote", "rollback", "deploy", "init"]
    for name in (*changing, "approve"):
        assert "--dry-run" in options(load(name)), name
    models = load("models")
    assert isinstance(models, click.Group)
    assert "--dry-run" in options(models.commands["build"])


@pytest.mark.parametrize("arguments", READING)
def test_json_is_all_that_stands_on_stdout(loop: Loop, arguments: list[str]) -> None:
    done = loop(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)


def test_what_libraries_print_goes_to_stderr_under_json(loop: Loop, tmp_path: Path) -> None:
    program = (
        "import os, sys; from loop.cli.ui import Ui; ui = Ui(json=True)\n"
        "with ui.talking():\n"
        "    print('python talks'); sys.stdout.flush(); os.system('echo a child talks')\n"
        "ui.emit({'a': 1}, lambda: None)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"a": 1}
    assert "python talks" in done.stderr
    assert "a child talks" in done.stderr


def test_status_has_the_promised_fields_before_anything_ran(loop: Loop) -> None:
    data = json.loads(loop("status", "--json").stdout)
    assert data["champion"] == {stage: {"version": None, "sha256": None} for stage in STAGES}
    assert data["chain"] is None
    assert data["cycles"] == 0
    assert {"audits", "audit_reads_left"} <= data.keys()


def test_reading_a_home_that_is_not_there_makes_none(loop: Loop, tmp_path: Path) -> None:
    for arguments in READING:
        assert loop(*arguments).returncode == 0
    assert not (tmp_path / "home").exists()


def test_options_may_stand_before_the_command_too(loop: Loop) -> None:
    assert loop("-q", "--no-progress", "status").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["statsu"], 2, "did you mean 'status'"),
        (["status", "--jsno"], 2, "--json"),
        (["audit", "--split", "practice"], 2, "practice"),
        (["run", "--profile", "mikro", "--dry-run"], 2, "did you mean 'micro'"),
        (["run", "--pack", "kate"], 2, "unknown task pack 'kate'"),
        (["run", "--cycles", "0"], 2, "out of range"),
        (["config", "--set", "train.rnak=3"], 2, "did you mean 'train.rank'"),
        (["config", "--set", "train.rank"], 2, "SECTION.KEY=VALUE"),
        (["promote", "--force"], 2, "--force wants a reason"),
        (["promote", "--reason", "because"], 2, "--reason goes with --force"),
        (["tasks", "show", "nothing-like-it"], 2, "no task"),
        (["grade", "nothing-like-it", "absent.c"], 2, "no task"),
        (["models", "build", "qwen3-1.7b"], 2, "no recipe"),
        (["db", "sql", "DROP TABLE samples"], 2, "SELECT"),
        (["db", "sql", "SELEC 1"], 2, "syntax error"),
    ],
)
def test_misuse_is_one_message_and_exit_code_2(loop: Loop, arguments: list[str], code: int, message: str) -> None:
    done = loop(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_misspelled_variable_stops_every_command_that_reads_settings(loop: Loop) -> None:
    done = loop("run", LOOP_TRAIN_RNAK="3")
    assert done.returncode == 2
    assert "did you mean 'LOOP_TRAIN_RANK'" in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no"), 2),
        (PackError("no"), 2),
        (HomeError("no"), 3),
        (StoreError("no"), 3),
        (GateRefused("no"), 1),
        (LoopError("no"), 1),
        (RuntimeError("a bug"), 1),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
)
def test_each_error_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("loop.cli.status.gather", fail)
    assert main(["status"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_an_evaluators_error_is_an_environment_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from evaluators.errors import SandboxUnavailable

    def fail(*_: object) -> None:
        raise SandboxUnavailable("no box", fix="apt-get install bubblewrap")

    monkeypatch.setattr("loop.cli.status.gather", fail)
    assert main(["status"]) == 3
    assert "apt-get install bubblewrap" in capsys.readouterr().err


def test_the_cause_decides_when_a_framework_wraps_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        try:
            raise HomeError("no")
        except HomeError as error:
            raise RuntimeError("the flow failed") from error

    monkeypatch.setattr("loop.cli.status.gather", fail)
    assert main(["status"]) == 3


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_the_traceback_is_there_for_who_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("held")

    monkeypatch.setattr("loop.cli.status.gather", fail)
    if how == "variable":
        monkeypatch.setenv("LOOP_DEBUG", "1")
    assert main(["status", *(["-v", "-v"] if how == "flag" else [])]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_error_that_an_interruption_brought_about_is_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prefect's engine raises one when it is interrupted before it has recorded a task."""

    def fail(*_: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ValueError("Task run is not set")  # noqa: B904 - as Prefect does

    monkeypatch.setattr("loop.cli.status.gather", fail)
    assert main(["status"]) == 130
    assert "`loop run` goes on from there" in capsys.readouterr().err


def test_an_interruption_says_that_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("loop.cli.status.gather", fail)
    assert main(["status"]) == 130
    assert "`loop run` goes on from there" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    done = CliRunner().invoke(cli, ["completion", shell])
    assert done.exit_code == 0
    assert "_LOOP_COMPLETE" in done.output


def test_completion_completes(loop: Loop) -> None:
    done = loop(_LOOP_COMPLETE="bash_complete", COMP_WORDS="loop pro", COMP_CWORD="1")
    assert "promote" in done.stdout


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        f"{sys.executable} -m loop tasks list | head -n 1; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        env={**os.environ, "PYTHONPATH": str(root), "LOOP_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
