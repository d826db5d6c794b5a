"""A server that misbehaves: what may pass is asked again, the rest is one error that says what to do, and whatever was
finished is delivered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loop.config import EngineSettings
from loop.errors import ConfigError, EngineError
from loop.inference.chat import render_prompt
from loop.inference.engine import Completion, Request
from loop.inference.server.background import THREAD
from loop.inference.server.patience import Patience, retry_after
from loop.inference.server_engine import ServerEngine
from tests.support.faulty_server import FaultyServer, completion, drops, echoes, hangs, raw, says, status

Open = Callable[..., ServerEngine]
HASTY = Patience(timeout=20.0, retries=3, first=0.001, longest=0.002)


@pytest.fixture
def server(tiny_hf: Path) -> Iterator[FaultyServer]:
    with FaultyServer(tiny_hf) as opened:
        yield opened


@pytest.fixture
def open_engine(tiny_hf: Path, server: FaultyServer) -> Iterator[Open]:
    """An engine on the faulty server; keywords are engine settings."""
    opened = []

    def make(patience: Patience = HASTY, context: int = 192, **settings: Any) -> ServerEngine:
        found = EngineSettings(**{"kind": "server", "url": server.url, "in_flight": 4, **settings})
        opened.append(ServerEngine(tiny_hf, "tiny", found, context=context, patience=patience))
        return opened[-1]

    yield make
    for engine in opened:
        engine.close()


def ask(n: int, **fields: Any) -> list[Request]:
    plain = {"temperature": 0.7, "max_tokens": 30, **fields}
    return [Request(str(seed), render_prompt(f"task {seed}"), seed, **plain) for seed in range(n)]


def texts(done: list[Completion]) -> dict[str, str]:
    return {one.request_id: one.text for one in done}


def test_many_requests_are_under_way_together_and_never_more_than_allowed(
    server: FaultyServer, open_engine: Open
) -> None:
    def slow(handler: Any, body: dict[str, Any]) -> None:
        time.sleep(0.03)
        echoes()(handler, body)

    server.usual = slow
    done = list(open_engine(in_flight=5).generate(ask(20), None))
    assert texts(done) == {str(seed): f"seed {seed}" for seed in range(20)}
    assert 2 <= server.most_under_way <= 5


def test_the_prompt_goes_as_it_was_rendered_and_nothing_bends_the_sampling(
    server: FaultyServer, open_engine: Open
) -> None:
    (request,) = ask(1, stop=("\n\n",))
    (done,) = open_engine().generate([request], None)
    (body,) = server.bodies
    assert (body["model"], body["prompt"], body["stop"]) == ("tiny", request.prompt, ["\n\n"])
    assert (body["temperature"], body["max_tokens"], body["seed"], body["top_p"]) == (0.7, 30, 0, 1.0)
    assert done.prompt_tokens == server.tokens(request.prompt)
    assert (done.text, done.finish, done.completion_tokens) == ("fine", "stop", server.tokens("fine") + 1)


@pytest.mark.parametrize(
    "faults",
    [
        [status(500), status(500)],
        [status(429, "slow down", Retry_After="0"), status(503)],
        [drops()],
        [raw("<html>bad gateway</html>"), drops()],
    ],
    ids=["500 twice", "429 and 503", "dropped in mid-answer", "no JSON, then dropped"],
)
def test_what_may_pass_is_asked_again(server: FaultyServer, open_engine: Open, faults: list[Any]) -> None:
    server.plan.extend(faults)
    (done,) = open_engine().generate(ask(1), None)
    assert done.text == "fine"
    assert len(server.bodies) == len(faults) + 1
    assert all(body == server.bodies[0] for body in server.bodies)


def test_a_server_that_asks_for_quiet_gets_it_from_all_requests(server: FaultyServer, open_engine: Open) -> None:
    arrived: list[float] = []

    def note(handler: Any, body: dict[str, Any]) -> None:
        arrived.append(time.monotonic())
        echoes()(handler, body)

    refused = []

    def refuse(handler: Any, body: dict[str, Any]) -> None:
        refused.append(time.monotonic())
        status(429, Retry_After="1")(handler, body)

    server.plan.append(refuse)
    server.usual = note
    list(open_engine(in_flight=1).generate(ask(3), None))
    assert len(arrived) == 3
    assert min(arrived) - refused[0] >= 0.99


def test_a_retry_after_may_be_a_number_or_a_date() -> None:
    assert retry_after("7") == 7.0
    assert retry_after(None) == retry_after("soon") == retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("Wed, 21 Oct 2065 07:28:00 GMT") > 1e6


def test_pauses_grow_and_stay_bounded() -> None:
    patience = Patience(timeout=60, retries=20, first=1.0, longest=8.0)
    pauses = [patience.pause(retry, 0.0) for retry in range(20)]
    assert all(0.5 * min(8, 2**i) <= pause <= min(8, 2**i) for i, pause in enumerate(pauses))
    assert patience.pause(0, 20.0) == 20.0
    assert patience.pause(0, 1e9) == 60.0


def test_a_server_that_stays_broken_is_one_error_with_url_status_and_attempts(
    server: FaultyServer, open_engine: Open
) -> None:
    server.usual = status(503, "model is loading")
    with pytest.raises(EngineError, match=r"/v1/completions: 503 .*model is loading \(4 attempts\)") as caught:
        list(open_engine().generate(ask(1), None))
    assert server.url in caught.value.message
    assert caught.value.fix
    assert len(server.bodies) == 4


def test_a_server_that_hangs_is_given_up_on(server: FaultyServer, open_engine: Open) -> None:
    server.usual = hangs()
    with pytest.raises(EngineError, match=r"no answer within 0.2 s \(2 attempts\)") as caught:
        list(open_engine(Patience(timeout=0.2, retries=1, first=0.001)).generate(ask(1), None))
    assert "engine.timeout" in caught.value.fix


def test_a_request_that_hung_once_is_asked_again(server: FaultyServer, open_engine: Open) -> None:
    server.plan.append(hangs())
    (done,) = open_engine(Patience(timeout=1.0, retries=2, first=0.001)).generate(ask(1), None)
    assert done.text == "fine"


def test_finished_completions_are_delivered_before_the_error(server: FaultyServer, open_engine: Open) -> None:
    def third_fails(handler: Any, body: dict[str, Any]) -> None:
        (status(400, "too long") if body["seed"] == 2 else echoes())(handler, body)

    server.usual = third_fails
    done: list[Completion] = []
    with pytest.raises(EngineError, match=r"400 .*too long"):
        for completion_ in open_engine(in_flight=2).generate(ask(40), None):
            done.append(completion_)
    assert {"0", "1"} <= set(texts(done))
    assert "2" not in texts(done)
    assert len(server.bodies) < 10, "nothing further is begun after a failure"


def test_what_is_left_can_be_asked_by_the_same_engine(server: FaultyServer, open_engine: Open) -> None:
    engine = open_engine()
    server.usual = status(400)
    with pytest.raises(EngineError):
        list(engine.generate(ask(3), None))
    server.usual = echoes()
    assert len(list(engine.generate(ask(3), None))) == 3


@pytest.mark.parametrize(
    ("behave", "says_", "fix"),
    [
        (status(404, "Not Found"), "404 .*Not Found", "ending|up to and with /v1"),
        (status(401, "Invalid API key"), "401 .*Invalid API key", "engine.key_variable"),
        (status(400, "unknown field"), "400 .*unknown field", "its words say why"),
        (raw({"choices": []}), "no completion in OpenAI's form", "/v1/completions"),
        (raw({"choices": [{"text": "x", "finish_reason": "stop"}]}), "KeyError 'usage'", "/v1/completions"),
        (raw([1, 2]), "no completion in OpenAI's form", "/v1/completions"),  # type: ignore[arg-type]
        (says("x", finish_reason="abort"), "finish_reason is 'abort'", "/v1/completions"),
    ],
)
def test_what_will_not_pass_is_asked_once_and_explained(
    server: FaultyServer, open_engine: Open, behave: Any, says_: str, fix: str
) -> None:
    server.usual = behave
    with pytest.raises(EngineError, match=says_) as caught:
        list(open_engine().generate(ask(1), None))
    assert len(server.bodies) == 1
    assert any(word in caught.value.fix for word in fix.split("|"))


def test_an_answer_that_is_never_json_is_an_error(server: FaultyServer, open_engine: Open) -> None:
    server.usual = raw("<html>welcome</html>")
    with pytest.raises(EngineError, match=r"no JSON.*welcome"):
        list(open_engine().generate(ask(1), None))


def test_no_server_is_an_error_with_the_address(tiny_hf: Path) -> None:
    with FaultyServer(tiny_hf) as gone:
        url = gone.url
    settings = EngineSettings(kind="server", url=url)
    with (
        ServerEngine(tiny_hf, "tiny", settings, context=64, patience=HASTY) as engine,
        pytest.raises(EngineError, match="cannot be reached") as caught,
    ):
        list(engine.generate(ask(1), None))
    assert url in caught.value.message
    assert "start the server" in caught.value.fix


def test_a_server_that_counts_other_prompt_tokens_is_refused(server: FaultyServer, open_engine: Open) -> None:
    """It adds a template, cuts the prompt, or holds another model."""

    def counts_more(handler: Any, body: dict[str, Any]) -> None:
        document = completion(handler.server, body, "fine")
        document["usage"]["prompt_tokens"] += 3
        handler.reply(200, document)

    server.usual = counts_more
    with pytest.raises(EngineError, match="the base's own tokenizer says") as caught:
        list(open_engine().generate(ask(1), None))
    assert "template" in caught.value.fix


def test_a_shorter_context_there_is_noticed(server: FaultyServer, open_engine: Open, tiny_hf: Path) -> None:
    server.usual = says("cut", finish_reason="length")
    with pytest.raises(EngineError, match=r"ended an answer after \d+ of 30 tokens"):
        list(open_engine().generate(ask(1), None))
    with FaultyServer(tiny_hf, context=128) as small:
        with pytest.raises(EngineError, match=r"holds 128 tokens a sequence, model\.context is 192"):
            list(open_engine(url=small.url).generate(ask(1), None))
        assert not small.bodies


def test_a_prompt_that_does_not_fit_is_refused_before_anything_is_sent(server: FaultyServer, open_engine: Open) -> None:
    long = Request("long", render_prompt("sum " * 200), 1, 0.0, 8)
    with pytest.raises(EngineError, match=r"request long: its prompt has \d+ tokens, the context is 192"):
        list(open_engine().generate([*ask(2), long], None))
    assert not server.asked


def test_an_answer_gets_only_what_the_context_leaves(server: FaultyServer, open_engine: Open) -> None:
    (request,) = ask(1, max_tokens=1000)
    list(open_engine().generate([request], None))
    assert server.bodies[0]["max_tokens"] == 192 - server.tokens(request.prompt)


def test_closing_the_iterator_ends_what_is_under_way(server: FaultyServer, open_engine: Open) -> None:
    server.plan.append(echoes())
    server.usual = hangs()
    engine = open_engine(in_flight=2)
    stream = engine.generate(ask(9), None)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    engine.close()
    assert not [thread for thread in threading.enumerate() if thread.name == THREAD]
    assert len(server.bodies) <= 3


def test_a_closed_engine_may_be_used_again(server: FaultyServer, open_engine: Open) -> None:
    engine = open_engine()
    assert len(list(engine.generate(ask(2), None))) == 2
    engine.close()
    engine.close()
    assert len(list(engine.generate(ask(2), None))) == 2


def test_the_key_comes_from_the_environment_and_is_never_shown(
    server: FaultyServer, open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sesame-7")
    list(open_engine(key_variable="MY_KEY").generate(ask(1), None))
    assert server.keys == ["Bearer sesame-7"]
    server.usual = status(401)
    with pytest.raises(EngineError) as caught:
        list(open_engine(key_variable="MY_KEY").generate(ask(1), None))
    assert "sesame" not in str(caught.value)
    monkeypatch.delenv("MY_KEY")
    with pytest.raises(ConfigError, match="MY_KEY, which is not set"):
        open_engine(key_variable="MY_KEY")


@pytest.mark.parametrize(
    ("settings", "says_"),
    [
        ({"url": "localhost:8000"}, "engine.url is no address"),
        ({"url": "ftp://host/v1"}, "engine.url is no address"),
        ({"adapter": "mine"}, "every adapter would have that name"),
    ],
)
def test_settings_that_make_no_sense_are_refused(open_engine: Open, settings: dict[str, str], says_: str) -> None:
    with pytest.raises(ConfigError, match=says_):
        open_engine(**settings)


def test_a_password_in_the_address_is_not_shown(server: FaultyServer, open_engine: Open) -> None:
    server.usual = status(400)
    url = server.url.replace("127.0.0.1", "me:secret@127.0.0.1")
    with pytest.raises(EngineError) as caught:
        list(open_engine(url=url).generate(ask(1), None))
    assert "secret" not in str(caught.value)


def test_a_proxy_in_the_environment_is_not_used(
    server: FaultyServer, open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert len(list(open_engine().generate(ask(1), None))) == 1


def test_two_requests_with_one_id_are_refused(open_engine: Open) -> None:
    with pytest.raises(EngineError, match="the same id"):
        list(open_engine().generate(ask(1) * 2, None))


def test_a_server_has_no_logits(open_engine: Open) -> None:
    with pytest.raises(EngineError, match="no logits"):
        open_engine().logits([1, 2], None)


def test_tokens_are_those_of_the_bases_own_tokenizer(server: FaultyServer, open_engine: Open) -> None:
    text = render_prompt("Grüße, naïve café — 日本語 😀", thinking=True)
    assert len(open_engine().tokenize(text)) == server.tokens(text)
    assert open_engine().tokenize("") == []
    assert not server.asked
