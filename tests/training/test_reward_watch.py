"""When a GRPO run is lost: its loss says nothing, so its rewards must."""

from __future__ import annotations

import math

import pytest

from loop.errors import TrainingError, TrainingLost
from loop.training.reward_watch import SILENT, RewardWatch


def show(watch: RewardWatch, rewards: list[float | None], silent: float = 0.25, **more: float) -> None:
    for reward in rewards:
        logs = {"loss": 0.0, "grad_norm": 0.1, "reward": reward, "frac_reward_zero_std": silent, **more}
        watch.add(len(watch.rewards) + 1, logs)  # type: ignore[arg-type]


@pytest.fixture
def watch() -> RewardWatch:
    return RewardWatch(prompts=8, learning_rate=1e-3)


@pytest.mark.parametrize("broken", [{"loss": math.nan}, {"grad_norm": math.inf}])
def test_numbers_that_are_none_end_the_run(watch: RewardWatch, broken: dict[str, float]) -> None:
    with pytest.raises(TrainingLost, match="at step 1") as caught:
        show(watch, [0.4], **broken)
    assert "grpo.learning_rate" in caught.value.fix


def test_a_rise_and_the_noise_of_single_steps_are_no_loss(watch: RewardWatch) -> None:
    show(watch, [0.5, 0.3, 0.45, 0.35, 0.4, 0.2, 0.5, 0.4, 0.45, 0.3, 0.6, 0.7, 0.5, 0.8, 0.75])
    first, last = watch.finish()
    assert (first, last) == pytest.approx((0.4, 0.67))


def test_a_reward_that_collapses_ends_the_run(watch: RewardWatch) -> None:
    show(watch, [0.5] * 5)
    with pytest.raises(TrainingLost, match=r"collapsed: 0\.5 at the start"):
        show(watch, [0.1] * 5)


def test_a_start_that_was_poor_already_may_stay_poor(watch: RewardWatch) -> None:
    show(watch, [0.02] * 5 + [-0.04] * 10)


def test_fewer_questions_a_step_are_watched_over_more_steps() -> None:
    few = RewardWatch(prompts=2, learning_rate=1e-3)
    show(few, [0.6] * 20 + [0.0] * 14)
    with pytest.raises(TrainingLost, match="collapsed"):
        show(few, [0.0] * 6)


def test_groups_that_never_differ_teach_nothing(watch: RewardWatch) -> None:
    show(watch, [0.1] * (SILENT - 1), silent=1.0)
    with pytest.raises(TrainingLost, match="worth the same"):
        show(watch, [0.1], silent=1.0)


def test_a_short_run_in_which_no_group_differed_is_lost_at_its_end(watch: RewardWatch) -> None:
    show(watch, [1.0] * 3, silent=1.0)
    with pytest.raises(TrainingLost, match="worth the same"):
        watch.finish()


def test_silence_after_everything_was_learned_is_success(watch: RewardWatch) -> None:
    show(watch, [0.5] * 5)
    show(watch, [1.0] * 2 * SILENT, silent=1.0)
    assert watch.finish() == pytest.approx((0.5, 1.0))


def test_a_model_that_says_one_wrong_thing_whatever_it_is_asked_is_lost(watch: RewardWatch) -> None:
    show(watch, [0.3] * 5)
    with pytest.raises(TrainingLost, match="worth the same"):
        show(watch, [0.15] * SILENT, silent=1.0)


def test_a_step_without_a_verdict_is_left_out_and_a_grader_that_keeps_failing_is_told(watch: RewardWatch) -> None:
    show(watch, [0.4, None, 0.5])
    assert watch.rewards == [0.4, 0.5]
    with pytest.raises(TrainingError, match="oracle failed") as caught:
        show(watch, [None] * 5, ungraded=1.0)
    assert not isinstance(caught.value, TrainingLost)
