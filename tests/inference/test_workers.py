"""Worker processes: planned, light to start, ended with their parent, replaced when they die."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from loop.errors import EngineError
from loop.inference.job import Job
from loop.inference.llama import LlamaEngine
from loop.inference.messages import Item
from loop.inference.plan import plan_workers, worker_environment
from loop.inference.process import WorkerProcess
from tests.support.asking import ask, texts


def test_a_worker_killed_in_mid_batch_costs_nothing_but_time(tiny_gguf: Path) -> None:
    requests = ask(60, k=4, max_tokens=60)
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=2) as engine:
        expected = texts(engine, requests)
        for victim in (0, -1):
            before = engine.worker_pids
            done = {}
            for completion in engine.generate(requests, None):
                if len(done) == 20:
                    os.kill(before[victim], signal.SIGKILL)
                assert completion.request_id not in done
                done[completion.request_id] = completion.text
            assert done == expected
            assert len(set(before) & set(engine.worker_pids)) == 1


def test_a_worker_killed_between_two_calls_is_replaced(tiny_gguf: Path) -> None:
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=2) as engine:
        expected = texts(engine, ask(6))
        kill_all(engine)
        assert engine.tokenize("x")
        kill_all(engine)
        assert texts(engine, ask(6)) == expected


def test_a_worker_that_was_seen_to_die_is_none_of_the_engines_processes(tiny_gguf: Path) -> None:
    """Its process id may be another program's by the time somebody sends a signal to it."""
    with LlamaEngine(tiny_gguf, context=192, parallel=16, threads=2) as engine:
        gone, left = engine.worker_pids
        os.kill(gone, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while engine.worker_pids != [left]:
            assert time.monotonic() < deadline, "a dead worker is still listed"
            time.sleep(0.01)


def test_workers_that_die_again_and_again_end_the_call_with_their_last_words(tiny_gguf: Path) -> None:
    """Each replacement is killed as soon as there is one; the engine is fit for use afterwards."""
    with LlamaEngine(tiny_gguf, context=192, parallel=4, threads=1) as engine:
        expected = texts(engine, ask(3))
        calm = threading.Event()

        def kill() -> None:
            while not calm.is_set():
                kill_all(engine)
                time.sleep(0.01)

        killer = threading.Thread(target=kill)
        stream = engine.generate(ask(50, k=4, max_tokens=150), None)
        next(stream)
        killer.start()
        try:
            with pytest.raises(EngineError, match=r"(?s)killed by signal 9.*3 workers died without an answer"):
                list(stream)
        finally:
            calm.set()
            killer.join()
        assert texts(engine, ask(3)) == expected


def test_what_a_killed_worker_had_comes_last(tiny_gguf: Path) -> None:
    """So that a request which kills its worker keeps no other waiting."""
    job = Job(1, "items", [[Item(key, (1,), 0, 0.0, 1)] for key in range(5)], ahead=2)
    first, second = Recorder(), Recorder()
    job.feed(first)
    assert first.keys == [0, 1]
    job.returned(first, [0])
    assert job.lost(first, "killed")
    for _ in range(4):
        job.feed(second)
        job.returned(second, second.keys)
    assert second.keys == [2, 3, 4, 1]


class Recorder(WorkerProcess):
    """A worker that answers nothing and remembers what it was sent."""

    def __init__(self) -> None:
        self.keys: list[int] = []

    def send(self, *message: Any) -> None:
        self.keys += [item.key for item in message[2]]


def test_a_closed_engine_says_so(tiny_gguf: Path) -> None:
    engine = LlamaEngine(tiny_gguf, context=64, parallel=1)
    pids = engine.worker_pids
    engine.close()
    engine.close()
    assert not any(alive(pid) for pid in pids)
    with pytest.raises(EngineError, match="closed"):
        engine.tokenize("x")


def test_a_file_that_is_no_model_is_refused_with_llama_cpps_reason(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF but not really" * 100)
    with pytest.raises(EngineError, match=r"cannot load .*broken\.gguf"):
        LlamaEngine(path, context=64, parallel=1)
    with pytest.raises(EngineError, match="no model at"):
        LlamaEngine(tmp_path / "absent.gguf", context=64, parallel=1)


def test_workers_die_with_their_parent(tiny_gguf: Path) -> None:
    code = (
        "import os, sys, threading; from pathlib import Path; from loop.inference.llama import LlamaEngine\n"
        "made = []\n"
        "def make(): made.append(LlamaEngine(Path(sys.argv[1]), context=64, parallel=16, threads=2))\n"
        "thread = threading.Thread(target=make); thread.start(); thread.join()\n"
        "made[0].tokenize('still there although the thread that made it is gone')\n"
        "print(*made[0].worker_pids, flush=True); os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(tiny_gguf)]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.05)


def test_ctrl_c_ends_parent_and_workers(tiny_gguf: Path) -> None:
    """The terminal's SIGINT goes to the whole process group; only the parent's handling of it is seen."""
    code = (
        "import signal, sys; from pathlib import Path; from loop.inference.llama import LlamaEngine\n"
        "from loop.inference.engine import Request\n"
        # as a terminal starts it: under a shell's `&` the signal would be inherited as ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with LlamaEngine(Path(sys.argv[1]), context=192, parallel=16, threads=2) as engine:\n"
        "    print(*engine.worker_pids, flush=True)\n"
        "    list(engine.generate([Request(str(i), 'sum', i, 1.0, 180) for i in range(50000)], None))\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(tiny_gguf)]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert "EngineError" not in errors
    assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)


def test_the_parent_loads_neither_llama_cpp_nor_numpy(tiny_gguf: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from loop.inference.llama import LlamaEngine\n"
        "with LlamaEngine(Path(sys.argv[1]), context=64, parallel=1) as engine: engine.tokenize('x')\n"
        "sys.exit(sorted(set(sys.modules) & {'llama_cpp', 'numpy', 'torch'}) or 0)\n"
    )
    command = [sys.executable, "-c", code, str(tiny_gguf)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def kill_all(engine: LlamaEngine) -> None:
    for pid in engine.worker_pids:
        # one killed before, and waited for since, is gone although the engine may not have heard of it yet
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_small_models_get_one_thread_workers_and_large_ones_all_threads(tiny_gguf: Path, tmp_path: Path) -> None:
    small = plan_workers(tiny_gguf, 512, 32, 2)
    assert [(s.sequences, s.threads) for s in small] == [(16, 1), (16, 1)]
    assert [(s.sequences, s.threads) for s in plan_workers(tiny_gguf, 512, 4, 16)] == [(4, 1)]
    large = tmp_path / "large.gguf"
    with large.open("wb") as handle:
        handle.truncate(1 << 30)
    assert [(s.sequences, s.threads) for s in plan_workers(large, 512, 32, 8)] == [(32, 8)]


def test_workers_wait_as_the_users_environment_says_or_briefly() -> None:
    assert worker_environment({})["GOMP_SPINCOUNT"] == "1000"
    own = worker_environment({"OMP_WAIT_POLICY": "active", "HOME": "/h"})
    assert own["OMP_WAIT_POLICY"] == "active" and own["HOME"] == "/h" and "GOMP_SPINCOUNT" not in own
