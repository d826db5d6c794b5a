"""Sandbox tiers: what was proved about boxes here, today. Nothing is assumed, and nothing runs unproved.

| tier | made of | trusted |
| --- | --- | --- |
| strong | as standard, each box in a cgroup: memory and processes of the tree counted by the kernel | yes |
| standard | dropped uid, bubblewrap's namespaces, Landlock, allowed system calls, rlimits, watched | yes |
| weak | no namespaces: only by an explicit setting, never chosen by `auto` | no |
| none | nothing: for the measurement of what boxes cost, inside one box around everything | no |

A proof is kept in the cache folder for this boot, kernel, uid, these tools and this code.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluators.box.canaries import Canary, prove
from evaluators.box.cgroup import Scopes, find_ground, remove_stale
from evaluators.box.driver import Drivers, native_source
from evaluators.box.sandbox import Launch, remove_stale_folders
from evaluators.box.toolchain import Toolchain, find_toolchain
from evaluators.errors import GraderFault, SandboxUnavailable

TIERS = ("strong", "standard", "weak")
PROOF = "canaries.json"
OUTER_BOX, OUTER_BOX_VARIABLE = Path("/run/loop-outer-box"), "LOOP_BENCH_OUTER_BOX"
"""A file that only the bench's outer box has, and a variable that the bench sets: both are needed for tier `none`."""


@dataclass(frozen=True)
class TierReport:
    """tier: what was proved. missing: why it is no stronger one. cached: proved before, on this very system."""

    tier: str
    canaries: tuple[Canary, ...]
    missing: tuple[str, ...] = ()
    cached: bool = False


def probe(cache_dir: Path, tier: str = "auto") -> TierReport:
    """Prove `tier` on this machine, or take the proof kept in `cache_dir`; "auto": strong if it holds, else standard.

    Raises SandboxUnavailable or CompilerUnavailable, with what mends it.
    """
    if tier == "none":
        return _unconfined()
    if tier in TIERS:
        if tier == "weak":
            _warn()
        return _proved(cache_dir, tier, asked=True)
    if tier != "auto":
        raise SandboxUnavailable(f"there is no sandbox tier '{tier}'", fix=f"one of auto, {', '.join(TIERS)}")
    try:
        return _proved(cache_dir, "strong", asked=False)
    except SandboxUnavailable as why:
        standard = _proved(cache_dir, "standard", asked=False)
        missing = (f"strong: {why.message} ({why.fix})",)
        return TierReport(standard.tier, standard.canaries, missing, standard.cached)


def launch_of(tier: str, drivers: Drivers, *, asked: bool = False) -> Launch:
    """How boxes of a tier are started, as long as `drivers` is open. asked: the tier was named, not chosen by "auto".

    Raises SandboxUnavailable when there is no place for the cgroups of tier strong.
    """
    if tier == "weak":
        remove_stale_folders()
    if tier != "strong":
        return Launch(tier)
    ground = find_ground(asked=asked)
    remove_stale(ground)
    return Launch(tier, Scopes(ground, drivers.program("enter", native_source("enter.c"), ())))


def _proved(cache_dir: Path, tier: str, *, asked: bool) -> TierReport:
    tools = find_toolchain()
    if tier != "weak" and not tools.bwrap:
        raise SandboxUnavailable("bubblewrap is not installed", fix="apt-get install bubblewrap")
    if tier == "strong":
        find_ground(asked=asked)
    key = key_of(tools)
    kept = cache_dir / PROOF
    if canaries := kept_canaries(kept, tier, key):
        return TierReport(tier, canaries, cached=True)
    cache_dir.mkdir(parents=True, exist_ok=True)
    drivers = Drivers(tools, cache_dir / "drivers")
    seen: list[Canary] = []
    try:
        for canary in prove(tools, drivers, launch_of(tier, drivers, asked=asked), cache_dir):
            seen.append(canary)
    except GraderFault as error:
        if not seen:
            raise SandboxUnavailable(f"no box can be started: {error.message}", fix=_fix(error.message)) from error
        seen.append(Canary("its box survives it", False, error.message))
    finally:
        drivers.close()
    canaries = tuple(seen)
    if broken := [c for c in canaries if not c.held]:
        names = "; ".join(f"{c.name}: {c.detail}" for c in broken)
        raise SandboxUnavailable(f"the sandbox does not hold: {names}", fix="update bubblewrap and the kernel")
    _keep(kept, tier, key, canaries)
    return TierReport(tier, canaries)


def _unconfined() -> TierReport:
    """Boxes are left away only inside the outer box of `loop bench grading`; no setting leads here."""
    marked = OUTER_BOX.exists() and not os.access(OUTER_BOX.parent, os.W_OK)
    if os.environ.get(OUTER_BOX_VARIABLE) != "1" or not marked or os.geteuid() == 0:
        raise SandboxUnavailable("sandbox tier 'none' is for the bench's outer box only", fix="use tier 'auto'")
    return TierReport("none", ())


_warned = False


def _warn() -> None:
    global _warned
    if not _warned:
        print("WEAK SANDBOX: programs run without namespaces; what they do counts for nothing", file=sys.stderr)
    _warned = True


def key_of(tools: Toolchain) -> str:
    """What a proof holds for."""
    boot_id = Path("/proc/sys/kernel/random/boot_id")
    boot = boot_id.read_text().strip() if boot_id.is_file() else ""
    here = sorted(p for p in Path(__file__).parent.rglob("*.[chp]*") if p.is_file())
    code = hashlib.sha256(b"".join(p.read_bytes() for p in here))
    return "|".join([boot, platform.release(), str(os.geteuid()), *tools.versions, code.hexdigest()])


def kept_canaries(path: Path, tier: str, key: str) -> tuple[Canary, ...]:
    """The proof of `tier` for `key`; () if there is none."""
    try:
        proof = _kept(path)[tier]
        return tuple(Canary(**c) for c in proof["canaries"]) if proof["key"] == key else ()
    except (KeyError, TypeError):
        return ()  # none yet, or written by another version: prove it again


def _kept(path: Path) -> dict[str, Any]:
    try:
        proofs = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return proofs if isinstance(proofs, dict) else {}


def _keep(path: Path, tier: str, key: str, canaries: tuple[Canary, ...]) -> None:
    proofs = {**_kept(path), tier: {"key": key, "canaries": [asdict(c) for c in canaries]}}
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(proofs))
    unfinished.replace(path)


def _fix(message: str) -> str:
    if "Landlock" in message:
        return "boot with landlock among the kernel's lsm= (Linux 5.13 or later; CONFIG_SECURITY_LANDLOCK)"
    if "seccomp" in message:
        return "use a kernel with CONFIG_SECCOMP_FILTER"
    restrict = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restrict.is_file() and restrict.read_text().strip() == "1":
        return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (or an AppArmor profile for bwrap)"
    switch = Path("/proc/sys/kernel/unprivileged_userns_clone")
    if switch.is_file() and switch.read_text().strip() == "0":
        return "sysctl -w kernel.unprivileged_userns_clone=1"
    most = Path("/proc/sys/user/max_user_namespaces")
    if most.is_file() and most.read_text().strip() == "0":
        return "sysctl -w user.max_user_namespaces=15000"
    if "setting up uid map" in message or "Operation not permitted" in message:
        return "allow unprivileged user namespaces (in a container: --security-opt seccomp=unconfined)"
    return "run 'bwrap --unshare-all --ro-bind / / true' as an ordinary user and mend what it reports"
