"""Settings: five layers, each value with its source, nothing unknown let through."""

from pathlib import Path

import pytest

from loop.config import Settings
from loop.errors import ConfigError
from loop.settings_load import Resolved, check, knobs, load, profile_names


def resolved(tmp_path: Path, text: str = "", environ: dict[str, str] | None = None, **arguments: object) -> Resolved:
    if text:
        (tmp_path / "loop.toml").write_text(text)
    return load(environ=environ or {}, start=tmp_path, **arguments)  # type: ignore[arg-type]


def test_without_anything_the_profile_is_micro(tmp_path: Path) -> None:
    found = resolved(tmp_path)
    assert found.settings.profile == "micro"
    assert found.settings.model.base == "micro"
    assert found.file is None


def test_each_layer_overrides_the_one_below_it(tmp_path: Path) -> None:
    text = "[train]\nrank = 3\nalpha = 6\nepochs = 1.5\n[gate]\neta = 0.5\n"
    environ = {"LOOP_TRAIN_ALPHA": "7", "LOOP_TRAIN_EPOCHS": "2"}
    found = resolved(tmp_path, text, environ, flags={"train.epochs": ("9", "--set")})
    train = found.settings.train
    assert (train.rank, train.alpha, train.epochs) == (3, 7, 9.0)
    assert train.learning_rate == 2e-3
    assert found.sources["train.rank"] == str(tmp_path / "loop.toml")
    assert found.sources["train.alpha"] == "LOOP_TRAIN_ALPHA"
    assert found.sources["train.epochs"] == "--set"
    assert found.sources["train.learning_rate"] == "profile micro"
    assert found.sources["train.min_tasks"] == "default"


def test_the_profile_is_chosen_by_flag_then_environment_then_file(tmp_path: Path) -> None:
    text = 'profile = "qwen3-0.6b"\n'
    assert resolved(tmp_path, text).settings.model.base == "qwen3-0.6b"
    environ = {"LOOP_PROFILE": "qwen3-1.7b"}
    assert resolved(tmp_path, text, environ).settings.model.base == "qwen3-1.7b"
    chosen = resolved(tmp_path, text, environ, profile="micro")
    assert chosen.settings.model.base == "micro"
    assert chosen.sources["profile"] == "--profile"


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_resolves(tmp_path: Path, name: str) -> None:
    assert resolved(tmp_path, profile=name).settings.profile == name


def test_the_micro_profile_is_what_the_dataclasses_say(tmp_path: Path) -> None:
    assert resolved(tmp_path).settings == Settings()


def test_the_file_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    (tmp_path / "loop.toml").write_text("[run]\nseed = 77\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert load(environ={}, start=below).settings.run.seed == 77


def test_loop_config_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[run]\nseed = 5\n")
    environ = {"LOOP_CONFIG": str(tmp_path / "other.toml")}
    assert load(environ=environ, start=Path("/")).settings.run.seed == 5
    with pytest.raises(ConfigError, match="no file"):
        load(environ={"LOOP_CONFIG": str(tmp_path / "absent.toml")})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[train]\nrnak = 3\n", "did you mean 'train.rank'"),
        ("[trian]\nrank = 3\n", "did you mean 'train'"),
        ("seed = 3\n", "unknown section 'seed'"),
        ("train = 3\n", "is a section"),
        ('[train]\nrank = "3"\n', "must be a number"),
        ("[train]\nrank = 3.5\n", "must be a whole number"),
        ("[train]\nrank = true\n", "must be a whole number"),
        ("[train]\nrank = 0\n", "out of range"),
        ("[gate]\nalpha = nan\n", "out of range"),
        ("[sampling]\ntemperature = -1\n", "out of range"),
        ("[model]\nbase = 3\n", "must be text"),
        ('[model]\nbase = " "\n', "is empty"),
        ('[grade]\nsandbox = "standart"\n', "did you mean 'standard'"),
        ("[model]\ncontext = 40960\n", "out of range"),
        ("[scope]\ncontext = 40960\n", "out of range"),
        ("[scope]\ncontext = 10\n", "out of range"),
        ("[scope]\ntemperature = -0.5\n", "out of range"),
        ('[scope]\nthinking = "yes"\n', "thinking"),
        ('[scope]\nadapter = ""\n', "is empty"),
        ('[scpoe]\nadapter = "base"\n', "did you mean 'scope'"),
        ('[model]\nquantization = "q8"\n', "did you mean 'q8_0'"),
        ('[run]\nstages = "scope, plannning"\n', "did you mean 'planning'"),
        ('[run]\nstages = "scope,scope"\n', "run.stages"),
        ('[run]\nstages = ","\n', "run.stages"),
        ('profile = "mikro"\n', "did you mean 'micro'"),
        ("profile = 3\n", "profile must be text"),
        ("[train\n", "not valid TOML"),
    ],
)
def test_what_makes_no_sense_in_the_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        resolved(tmp_path, text)
    assert caught.value.fix
    assert caught.value.exit_code == 2


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(environ={}, start=tmp_path)


@pytest.mark.parametrize("name", ["LOOP_TRAIN_RNAK", "LOOP_TRIAN_RANK", "LOOP_GATE_WHATEVER"])
def test_a_misspelled_variable_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        resolved(tmp_path, environ={name: "3"})


def test_variables_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    environ = {"LOOP_HOME": "x", "LOOP_DEBUG": "1", "LOOP_MODELS": "y", "LOOP_DEVICE": "/dev/loop0", "PATH": "/bin"}
    assert resolved(tmp_path, environ=environ).settings == Settings()


def test_text_from_the_environment_becomes_the_knobs_type() -> None:
    assert check("train.rank", "8", "LOOP_TRAIN_RANK") == 8
    assert check("train.learning_rate", "1e-3", "LOOP_TRAIN_LEARNING_RATE") == 1e-3
    with pytest.raises(ConfigError, match="whole number"):
        check("train.rank", "8.5", "LOOP_TRAIN_RANK")


def test_a_whole_number_serves_where_a_number_is_wanted() -> None:
    value = check("train.epochs", 2, "loop.toml")
    assert value == 2.0
    assert isinstance(value, float)


def test_every_knob_gives_its_reason_and_a_default_in_its_own_range() -> None:
    for key, entry in knobs().items():
        assert len(entry.metadata["why"]) > 15, key
        assert check(key, entry.default, "default") == entry.default
