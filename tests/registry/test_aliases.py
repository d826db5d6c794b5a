"""champion, challenger and previous: what they point to, and since when."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from loop.errors import RegistryError, UsageError
from loop.registry import Aliases, transaction
from tests.registry.conftest import STAGE, Place
from tests.registry.test_crashes import dies_after, steps_of

Git = Callable[..., str]
REFUSED = {"id": "d1", "outcome": "reject", "delta": -0.1, "p_value": 0.9, "ci": [-0.2, 0.0]}


def commits(git: Git) -> int:
    return int(git("rev-list", "--count", "HEAD"))


def test_a_judged_adapter_is_the_challenger_and_what_serves_stays(place: Place, git: Git) -> None:
    place.promote(1)
    sha256, before = place.adapter(2), commits(git)
    event = place.open().challenge(STAGE, sha256, {"dataset": "d"}, decision=REFUSED)
    registry = place.open()
    assert registry.aliases(STAGE) == Aliases("v1", "base", sha256)
    assert commits(git) == before + 1 and git("rev-parse", f"{event.tag}^{{commit}}") == event.commit
    assert "challenge by" in git("log", "-1", "--format=%s")
    assert registry.champion(STAGE).version == "v1"  # type: ignore[union-attr]
    assert [each.action for each in registry.history(STAGE)] == ["promote"]
    (known,) = registry.challengers(STAGE)
    assert (known.adapter_sha256, known.manifest, known.decision) == (sha256, {"dataset": "d"}, REFUSED)


def test_the_same_challenge_again_is_no_second_commit_and_another_decision_is(place: Place, git: Git) -> None:
    sha256 = place.adapter(1)
    first = place.open().challenge(STAGE, sha256, {}, decision=REFUSED)
    before = commits(git)
    assert place.open().challenge(STAGE, sha256, {}, decision=REFUSED) == first
    assert commits(git) == before
    place.open().challenge(STAGE, sha256, {}, decision={**REFUSED, "id": "d2"})
    assert commits(git) == before + 1


def test_a_promotion_clears_the_challenger_if_it_is_the_one(place: Place) -> None:
    judged, other = place.adapter(1), place.adapter(2)
    place.open().challenge(STAGE, judged, {}, decision=REFUSED)
    place.open().promote(STAGE, other, {})
    assert place.open().aliases(STAGE) == Aliases("v1", "base", judged)
    place.open().promote(STAGE, judged, {})
    assert place.open().aliases(STAGE) == Aliases("v2", "v1", "")
    with pytest.raises(RegistryError, match="already serves"):
        place.open().challenge(STAGE, judged, {}, decision=REFUSED)


def test_a_challenge_wants_whole_weights_and_a_decision(place: Place) -> None:
    with pytest.raises(RegistryError, match="are not in"):
        place.open().challenge(STAGE, "a" * 64, {}, decision=REFUSED)
    with pytest.raises(UsageError, match="with its decision"):
        place.open().challenge(STAGE, place.adapter(1), {}, decision={"outcome": "reject"})
    assert not place.path.exists()


def test_the_whole_history_of_the_aliases_is_told_with_its_events(place: Place) -> None:
    one, two = place.adapter(1), place.adapter(2)
    registry = place.open()
    registry.challenge(STAGE, one, {}, decision=REFUSED)
    registry.promote(STAGE, one, {}, forced_reason="the audit is stale")
    registry.promote(STAGE, two, {})
    registry.rollback(STAGE, reason="answers got slower")
    told = [(c.alias, c.target, c.adapter_sha256, c.action, c.reason) for c in place.open().alias_history(STAGE)]
    assert told == [
        ("previous", "v2", two, "rollback", "answers got slower"),
        ("champion", "v1", one, "rollback", "answers got slower"),
        ("previous", "v1", one, "promote", ""),
        ("champion", "v2", two, "promote", ""),
        ("challenger", "", "", "promote", "the audit is stale"),
        ("champion", "v1", one, "promote", "the audit is stale"),
        ("challenger", one, one, "challenge", ""),
    ]
    assert registry.alias_history(STAGE)[-1].decision == REFUSED


def test_what_the_aliases_say_now_is_what_their_history_ends_with(place: Place) -> None:
    registry = place.open()
    for number in (1, 2, 3):
        registry.challenge(STAGE, place.adapter(number), {}, decision=REFUSED)
        if number != 2:
            registry.promote(STAGE, place.adapter(number), {})
    registry.rollback(STAGE, to="base")
    last = {change.alias: change.target for change in reversed(registry.alias_history(STAGE))}
    now = registry.aliases(STAGE)
    assert last == {"champion": now.champion, "previous": now.previous, "challenger": now.challenger}


def test_a_registry_from_before_there_were_challengers_and_cards_reads_and_goes_on(place: Place, git: Git) -> None:
    place.promote(1)
    (place.path / "aliases/implementation.json").write_text('{"champion": "v1", "previous": null}\n')
    git("rm", "-rq", "cards")
    git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qam", "as it was")
    registry = place.open()
    assert registry.aliases(STAGE) == Aliases("v1", "base", "")
    assert registry.card(STAGE, "v1").startswith("# implementation v1\n")
    registry.challenge(STAGE, place.adapter(2), {}, decision=REFUSED)
    assert place.promote(3) == "v2"
    assert json.loads((place.path / "aliases/implementation.json").read_text())["challenger"] == place.adapter(2)


def test_the_card_is_committed_with_its_version_and_tells_what_the_manifest_does(place: Place, git: Git) -> None:
    decision = {"outcome": "reject", "delta": 0.0123, "ci": (-0.1, 0.2), "p_value": 0.25,
                "guards": [{"name": "pass@8", "champion": 0.5, "challenger": 0.4, "loss": 0.1, "state": "watch"}],
                "reasons": ["too little evidence"]}  # fmt: skip
    manifest = {"base": "micro", "base_sha256": "b" * 64, "dataset": "d" * 64, "decision": decision,
                "hyperparameters": {"method": "dpo", "rank": 8}}  # fmt: skip
    version = place.open().promote(STAGE, place.adapter(1), manifest, forced_reason="we must")
    card = git("show", f"{version.commit}:cards/implementation/v1.md") + "\n"
    assert card == place.open().card(STAGE, "v1")
    told = (
        *("b" * 64, "d" * 64, "| method | dpo |", "FORCED against the gate**: we must", "in place of the base"),
        *("REJECT", "| delta | 0.0123 |", "| 95 % interval | -0.1, 0.2 |", "| p | 0.25 |", "- too little evidence"),
        "| pass@8 | 0.5 | 0.4 | 0.1 | watch |",
    )
    assert [text for text in told if text not in card] == []
    with pytest.raises(UsageError, match="no version 'v9'"):
        place.open().card(STAGE, "v9")


def test_what_a_rollback_would_do_is_told_and_refused_without_doing_it(place: Place, git: Git) -> None:
    place.promote(1)
    place.promote(2)
    before, registry = git("rev-parse", "HEAD"), place.open()
    assert registry.rollback_target(STAGE).version == "v1"  # type: ignore[union-attr]
    assert registry.rollback_target(STAGE, "base") is None
    with pytest.raises(UsageError, match="no version 'v9'"):
        registry.rollback_target(STAGE, "v9")
    (place.adapters / place.adapter(1) / "adapter.gguf").write_bytes(b"spoilt")
    with pytest.raises(RegistryError, match="damaged"):
        registry.rollback_target(STAGE)
    assert git("rev-parse", "HEAD") == before


def test_a_kill_in_a_challenge_leaves_it_made_or_not(place: Place, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    place.promote(1)
    steps = steps_of(lambda: place.open().challenge(STAGE, place.adapter(2), {}, decision=REFUSED), monkeypatch)
    made = steps.index("branch")
    for n in (0, made - 1, made, len(steps) - 1):
        sha256 = place.adapter(100 + n)
        act = lambda sha256=sha256: place.open().challenge(STAGE, sha256, {}, decision=REFUSED)  # noqa: E731
        assert dies_after(n, act)
        registry = place.open()
        assert (registry.aliases(STAGE).challenger == sha256) is (n >= made)
        assert registry.champion(STAGE).version == "v1"  # type: ignore[union-attr]
        assert not transaction.needs_repair(place.path, registry._events(STAGE))
    assert git("fsck", "--strict", "--no-dangling") == "" and git("status", "--porcelain") == ""
