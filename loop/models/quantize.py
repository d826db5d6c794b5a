"""A GGUF of 16 or 32 bits -> one with fewer, by llama.cpp's own quantizer.

It runs in a process of its own: the library ends the whole process when it is not content with a tensor, and
quantizing a model of a few gigabytes is what one may want to interrupt.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from loop.errors import ModelError

_ROOT = str(Path(__file__).resolve().parents[2])
# -P and this line instead of -m: neither the current directory nor PYTHONPATH decides which `loop` is run.
_START = (
    "import sys; root = sys.argv[1]; root in sys.path or sys.path.insert(0, root); "
    "from loop.models.quantize import main; main(*sys.argv[2:])"
)
# name -> llama.cpp's file type (llama.h, enum llama_ftype); tensors whose rows do not fit a type get a wider one
TYPES = {
    "q8_0": "LLAMA_FTYPE_MOSTLY_Q8_0",
    "q6_k": "LLAMA_FTYPE_MOSTLY_Q6_K",
    "q5_k_m": "LLAMA_FTYPE_MOSTLY_Q5_K_M",
    "q5_k_s": "LLAMA_FTYPE_MOSTLY_Q5_K_S",
    "q5_0": "LLAMA_FTYPE_MOSTLY_Q5_0",
    "q4_k_m": "LLAMA_FTYPE_MOSTLY_Q4_K_M",
    "q4_k_s": "LLAMA_FTYPE_MOSTLY_Q4_K_S",
    "q4_0": "LLAMA_FTYPE_MOSTLY_Q4_0",
    "q3_k_l": "LLAMA_FTYPE_MOSTLY_Q3_K_L",
    "q3_k_m": "LLAMA_FTYPE_MOSTLY_Q3_K_M",
    "q3_k_s": "LLAMA_FTYPE_MOSTLY_Q3_K_S",
    "q2_k": "LLAMA_FTYPE_MOSTLY_Q2_K",
}


def quantize(source: Path, out: Path, quantization: str) -> Path:
    """Writes `out` in one step (temporary file, fsync, rename) and returns it. Raises ModelError."""
    if quantization not in TYPES:
        raise ModelError(f"llama.cpp has no weights of type {quantization}", fix=f"choose one of {', '.join(TYPES)}")
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-P", "-c", _START, _ROOT, str(source), str(partial), TYPES[quantization]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            last = "\n".join(done.stderr.strip().splitlines()[-4:])
            raise ModelError(
                f"llama.cpp did not quantize {source} to {quantization} (status {done.returncode}):\n{last}",
                fix="free memory or disk space, or choose another quantization",
            )
        with partial.open("rb+") as handle:
            os.fsync(handle.fileno())
        os.replace(partial, out)
    except OSError as error:
        raise ModelError(
            f"cannot write {out}: {error.strerror or error}", fix="free some disk space or make it writable"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return out


def main(source: str, out: str, file_type: str) -> None:
    """What runs in the process; exit status 1: llama.cpp refused."""
    import ctypes

    import llama_cpp.llama_cpp as llama

    params = llama.llama_model_quantize_default_params()
    params.ftype = getattr(llama, file_type)
    params.nthread = 0  # all cores
    sys.exit(1 if llama.llama_model_quantize(source.encode(), out.encode(), ctypes.byref(params)) else 0)
