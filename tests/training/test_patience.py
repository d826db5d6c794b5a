"""When a training stops early follows from its held-back losses alone."""

from __future__ import annotations

from pathlib import Path

from transformers import TrainerControl, TrainerState

from loop.training.patience import STATE, Patience, run_out, stopped_at


def looks(*losses: float) -> list[dict[str, float]]:
    steps = [{"loss": 1.0, "step": 1.0}]
    return [row for loss in losses for row in (*steps, {"eval_loss": loss, "step": 1.0})]


def test_it_stops_when_so_many_looks_were_no_better_than_the_best_before() -> None:
    assert not run_out(looks(), 2)
    assert not run_out(looks(3.0, 2.0, 2.1), 2)
    assert run_out(looks(3.0, 2.0, 2.1, 2.0), 2)
    assert not run_out(looks(3.0, 2.0, 2.1, 1.9), 2)


def test_a_training_that_goes_on_from_a_checkpoint_stops_where_it_would_have(tmp_path: Path) -> None:
    state = TrainerState(log_history=looks(2.0, 2.1))
    state.save_to_json(str(tmp_path / STATE))
    assert stopped_at(tmp_path, 2) is None
    state.log_history += looks(2.2)
    control = TrainerControl()
    Patience(2).on_evaluate(None, state, control)
    assert control.should_training_stop
    state.save_to_json(str(tmp_path / STATE))
    found = stopped_at(tmp_path, 2)
    assert found is not None and found.log_history == state.log_history
