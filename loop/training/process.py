"""The trainer that the loop uses: a killable process per adapter, and nothing on disk until all of it is there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loop.errors import ParityError, TrainingError, TrainingLost
from loop.models.digests import file_sha256
from loop.training.backends import choose
from loop.training.base_weights import check_base
from loop.training.card import write_card
from loop.training.checkpoints import work_of
from loop.training.examples import lengths, read_set, require
from loop.training.export import FILE, export_gguf
from loop.training.job import Job, write_job
from loop.training.launch import SET_BY_TORCHRUN, command, processes_of
from loop.training.memory import preflight
from loop.training.reference import FILE as REFERENCE
from loop.training.reference import TEXTS
from loop.training.trainer import TrainResult, TrainSpec

LOG, HOME = "train.log", ".home"
TAIL = 15  # lines of the log shown when the worker fails
ROOT = Path(__file__).resolve().parents[2]


class ProcessTrainer:
    """Implements Trainer: TRL's methods on the backend that the spec names, in a process of its own."""

    def train(self, spec: TrainSpec, progress: Callable[[float, str], None]) -> TrainResult:
        """Trains and puts the adapter into spec.out, replacing what is there.

        Whatever ends this call early, an interrupt included, kills the worker and leaves spec.out as it was; the same
        spec goes on from its last checkpoint. Raises TrainingError (TrainingLost when the numbers went wrong),
        ModelError (base), ConfigError (backend).
        """
        started = time.monotonic()
        check_base(spec.base)
        rows = read_set(spec.examples)
        require(rows, spec.method, spec.examples)
        preflight(spec, *lengths(rows, spec.method, spec.grpo.max_tokens))
        backend = choose(spec.backend)
        with _partial(spec.out) as partial:
            work = work_of(spec)
            metrics = self._run(Job(backend, spec, partial, work), progress)
            if (partial / TEXTS).exists():
                progress(0.96, "reference logits")
                compute_reference(spec.base, partial, partial / TEXTS, partial / REFERENCE, partial)
                (partial / TEXTS).unlink()
                shutil.rmtree(partial / HOME, ignore_errors=True)
            progress(0.97, "writing GGUF")
            export_gguf(partial, spec.base, partial / FILE)
            write_card(spec, backend, metrics, partial)
            _replace(partial, spec.out)
            shutil.rmtree(work, ignore_errors=True)
        gguf = spec.out / FILE
        progress(1.0, "trained")
        return TrainResult(spec.out, gguf, file_sha256(gguf), round(time.monotonic() - started, 3), metrics)

    def _run(self, job: Job, progress: Callable[[float, str], None]) -> dict[str, object]:
        job_file, log = job.out / "job.json", job.out / LOG
        write_job(job, job_file)
        refusal = None
        processes = processes_of(job.spec)
        with log.open("wb") as output, worker(job_file, job.out, output, processes) as (process, messages):
            for message in messages:
                if "refused" in message:
                    kind = TrainingLost if message["lost"] else TrainingError
                    refusal = kind(str(message["refused"]), fix=str(message["fix"]))
                else:
                    progress(float(str(message["progress"])), str(message["text"]))
            status = process.wait()
        if refusal is not None:
            shutil.rmtree(job.work, ignore_errors=True)  # a lost training is not gone on with
            raise refusal
        if status != 0:
            raise TrainingError(f"the training process {_ended(status)}\n{_tail(log)}", fix=_fix(status))
        shutil.rmtree(job.out / HOME, ignore_errors=True)
        job_file.unlink()
        metrics: dict[str, object] = json.loads((job.out / "metrics.json").read_text(encoding="utf-8"))
        return metrics


def compute_reference(base: Path, adapter: Path, texts: Path, out: Path, scratch: Path) -> None:
    """PEFT's logits of the plain base with the adapter, in a process of its own. Raises ParityError.

    texts: JSON, a list of lists of strings (`loop.training.peft_logits`).
    """
    module = [sys.executable, "-P", "-m", "loop.training.peft_logits"]
    arguments = [str(path.absolute()) for path in (base, adapter, texts, out)]
    done = subprocess.run(
        module + arguments,
        env=environment(scratch),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise ParityError(f"PEFT's logits could not be computed:\n{done.stderr[-1500:]}", fix="loop doctor")


@contextmanager
def worker(
    job_file: Path, scratch: Path, output: object, processes: int = 1
) -> Iterator[tuple[subprocess.Popen[bytes], Iterator[dict[str, object]]]]:
    """The worker, or the agent of several, and the messages as they come. Leaving the block kills what still runs."""
    readable, writable = os.pipe()
    with os.fdopen(readable, encoding="utf-8") as stream:
        try:
            process = subprocess.Popen(
                command(processes, job_file, writable),
                stdin=subprocess.DEVNULL,
                stdout=output,  # type: ignore[call-overload]
                stderr=subprocess.STDOUT,
                pass_fds=(writable,),
                env=environment(scratch, processes),
                start_new_session=True,  # Ctrl-C reaches the trainer alone, which kills the worker
            )
        finally:
            os.close(writable)
        try:
            yield process, (json.loads(line) for line in stream if line.endswith("\n"))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment(scratch: Path, processes: int = 1) -> dict[str, str]:
    """No network, no telemetry, caches inside `scratch`, a GPU a process, and threads that yield a busy core.

    OpenMP's default is to spin: as soon as anything else runs on one of the cores, every small operation waits for a
    thread that is not scheduled, and training slows down tenfold. Waiting passively costs a third on an idle machine.
    """
    fixed = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HOME": str(scratch / HOME),
        "DO_NOT_TRACK": "1",
        "TQDM_DISABLE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONHASHSEED": "0",
        "PYTHONSAFEPATH": "1",  # as -P does, for the workers that torchrun starts
        **_unsloth(scratch),
    }
    cards = ",".join(str(index) for index in range(processes))
    defaults = {"OMP_WAIT_POLICY": "PASSIVE", "CUDA_VISIBLE_DEVICES": cards, "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    own = {name: value for name, value in os.environ.items() if name not in SET_BY_TORCHRUN}
    return {**defaults, **own, **fixed}


def _unsloth(scratch: Path) -> dict[str, str]:
    """What Unsloth is told: no statistics, no padding-free batches, and where what it compiles may lie.

    Without them it writes into the working directory and into ~/.cache, and flattens a batch into one row, of which the
    labels could no longer be compared with the rows.
    """
    return {
        "UNSLOTH_DISABLE_STATISTICS": "1",
        "UNSLOTH_USE_MODELSCOPE": "0",
        "UNSLOTH_DISABLE_AUTO_PADDING_FREE": "1",
        "UNSLOTH_COMPILE_LOCATION": str(scratch / HOME / "unsloth_compiled_cache"),
        "UNSLOTH_MEGA_CACHE": "0",
        "TORCHINDUCTOR_CACHE_DIR": str(scratch / HOME / "inductor"),
        "TRITON_CACHE_DIR": str(scratch / HOME / "triton"),
    }


@contextmanager
def _partial(out: Path) -> Iterator[Path]:
    """A directory beside `out` that is gone when the block ends, unless it was renamed."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
    except OSError as error:
        raise TrainingError(f"cannot write beside {out}: {error.strerror or error}", fix="make it writable") from error
    try:
        yield partial
    except OSError as error:
        raise TrainingError(f"cannot write the adapter: {error}", fix="free disk space and train again") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _sweep(out: Path) -> None:
    """Removes what a trainer that was killed outright left behind."""
    for kind in ("partial", "old"):
        for leftover in out.parent.glob(f".{out.name}.{kind}-*"):
            pid = leftover.name.rsplit("-", 1)[1]
            if not Path(f"/proc/{pid}").exists():
                shutil.rmtree(leftover, ignore_errors=True)


def _replace(partial: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.old-{os.getpid()}")
    if out.exists():
        os.replace(out, old)
    os.replace(partial, out)
    shutil.rmtree(old, ignore_errors=True)


def _ended(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"failed with exit code {status}"


def _fix(status: int) -> str:
    if status == -signal.SIGKILL:
        return "if it was not you, memory ran out: lower train.batch_size or model.context; then train again"
    return "`loop doctor` checks the libraries; the last lines of its log are above"


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-TAIL:]) or "    (it wrote nothing)"
