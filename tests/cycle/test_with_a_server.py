"""Cycle steps whose engine is a server: what finished before it failed is kept, and what needs logits stays here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loop.config import EngineSettings, Settings
from loop.cycle.audit import audit
from loop.cycle.context import Context, open_context
from loop.cycle.train import check_parity
from loop.errors import EngineError
from loop.home import Home
from loop.inference.llama import LlamaEngine
from loop.inference.server_engine import ServerEngine
from loop.models.catalogue import MICRO_DIR
from tests.support.faulty_server import FaultyServer, says, status
from tests.support.staged_world import STAGED, staged_pack


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer(MICRO_DIR, ("micro",)) as opened:
        opened.usual = says("yes")
        yield opened


def settings(at: FaultyServer, *, judge: str = "generate", **engine: Any) -> Settings:
    found = EngineSettings(**{"kind": "server", "url": at.url, "in_flight": 2, "retries": 0, **engine})
    scope = replace(STAGED.scope, judge=judge)
    return replace(STAGED, engine=found, scope=scope, run=replace(STAGED.run, stages="scope"))


@pytest.fixture
def ctx(home: Home, server: FaultyServer) -> Iterator[Context]:
    with open_context(settings(server), home, pack=staged_pack()) as opened:
        yield opened


def samples(ctx: Context) -> int:
    with ctx.store.read() as connection:
        return int(connection.execute("SELECT count(*) FROM samples").fetchall()[0][0])


def test_an_interrupted_audit_asks_the_server_only_for_the_rest(ctx: Context, server: FaultyServer) -> None:
    seen = []

    def five_then_none(handler: Any, body: dict[str, Any]) -> None:
        with handler.server.lock:
            seen.append(body["seed"])
            late = len(seen) > 5
        (status(500, "out of memory") if late else says("yes"))(handler, body)

    server.usual = five_then_none
    with pytest.raises(EngineError, match="out of memory"):
        audit(ctx, "base", stage="scope")
    assert samples(ctx) == 5
    server.usual, before = says("yes"), len(server.bodies)
    report = audit(ctx, "base", stage="scope")
    assert len(server.bodies) - before == samples(ctx) - 5 > 10
    assert 0 < report.summary.pass_at_1 < 1
    assert audit(ctx, "base", stage="scope").reused
    assert len(server.bodies) - before == samples(ctx) - 5


def test_judgments_have_the_servers_scores_and_answers_that_it_generates(home: Home, server: FaultyServer) -> None:
    likely = {"tokens": ["yes"], "top_logprobs": [{"yes": -0.1, "no": -2.3}]}
    server.usual = says("yes", logprobs=likely)
    with open_context(settings(server, judge="logits"), home, pack=staged_pack()) as ctx:
        audit(ctx, "base", stage="scope")
        with ctx.store.read() as connection:
            found = connection.execute("SELECT DISTINCT code, score, entropy, mass FROM v_samples").fetchall()
    ((answer, score, entropy, mass),) = found
    assert answer == "yes"
    assert score == pytest.approx(1 / (1 + math.exp(-2.2)))
    assert 0 < entropy < math.log(2)
    assert mass is None


def test_parity_is_checked_with_the_engine_in_process(
    ctx: Context, server: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compared: list[Any] = []
    monkeypatch.setattr("loop.training.parity.check_tokens", lambda base, engine, texts: compared.append(engine))
    monkeypatch.setattr("loop.training.parity.check_logits", lambda *given: given[-1] and settings(server).engine)
    check_parity(ctx, "scope", tmp_path, tmp_path / "adapter.gguf", ["a"])
    (engine,) = compared
    assert isinstance(engine, LlamaEngine)
    assert len(engine.worker_pids) == 1
    assert engine.logits(engine.tokenize("int"), None).shape[0] == 1
    assert isinstance(ctx.engine("scope"), ServerEngine)
    assert not server.asked


def test_a_run_is_the_same_at_another_address_and_another_one_on_another_engine(
    home: Home, server: FaultyServer
) -> None:
    def identity(found: Settings) -> tuple[str, tuple[str, ...]]:
        with open_context(found, home, pack=staged_pack()) as opened:
            return opened.settings_sha256, opened.sampler

    first = identity(settings(server))
    assert (
        identity(settings(server, url="http://127.0.0.1:1/v1", in_flight=9, timeout=1.0, adapter="x{adapter}")) == first
    )
    others = [
        identity(settings(server, **other)) for other in ({"kind": "llama.cpp"}, {"model": "m"}, {"server": "vllm"})
    ]
    assert len({*others, first}) == 4
    assert others[0][1] == ()
