"""One box serves many candidates, one at a time; what is odd about it ends it, and another one takes its place."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from evaluators.box import run_server
from evaluators.box.observation import End, Limits, Run
from evaluators.box.process_tree import runs
from evaluators.errors import GraderFault

SAME = "int f(int x) { return x; }"
CRASH = "int f(int x) { return *(volatile int *)(long)x; }"
SPIN = "int f(int x) { for (volatile unsigned i = 0;; i++) ; return x; }"


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not runs(pid)


def test_each_candidate_has_a_process_of_its_own_in_one_box(run_c: Callable[..., Run]) -> None:
    first, second = run_c(SAME), run_c(SAME)
    assert first.pids[:2] == second.pids[:2]
    assert first.pids[2] != second.pids[2]
    assert gone(first.pids[2])


@pytest.mark.parametrize(
    ("bad", "end", "status"),
    [
        (CRASH, End.EXITED, 128 + signal.SIGSEGV),
        (SPIN, End.TIMEOUT, None),
        ("#include <stdlib.h>\nint f(int x) { exit(x); }", End.EXITED, 1),
        ("#include <unistd.h>\nint f(int x) { close(3); close(4); pause(); return x; }", End.TIMEOUT, None),
        ("#include <unistd.h>\nint f(int x) { write(4, &x, 4); return x; }", End.FORGED, None),
    ],
)
def test_a_bad_candidate_leaves_the_server_for_the_next(
    run_c: Callable[..., Run], bad: str, end: End, status: int | None
) -> None:
    before = run_c(SAME)
    failed = run_c(bad, limits=Limits(cpu=0.1, wall=20.0))
    assert (failed.end, failed.status) == (end, status)
    assert gone(failed.pids[2])
    after = run_c(SAME, 5)
    assert after.end is End.DONE
    assert after.pids[1] == before.pids[1]


def test_a_server_is_replaced_when_it_has_served_enough(
    run_c: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_server, "RUNS", 2)
    servers = [run_c(SAME).pids[1] for _ in range(4)]
    assert servers[0] == servers[1] != servers[2] == servers[3]
    assert gone(servers[0])


def test_a_server_that_dies_is_the_graders_fault_and_is_replaced(run_c: Callable[..., Run]) -> None:
    os.kill(run_c(SAME).pids[1], signal.SIGKILL)
    with pytest.raises(GraderFault):
        run_c(SAME)
    assert run_c(SAME).end is End.DONE


def test_runs_leave_no_descriptor_and_no_process(run_c: Callable[..., Run]) -> None:
    run_c(SAME)
    before = len(os.listdir("/proc/self/fd"))
    pids = [run_c(source, limits=Limits(cpu=0.05)).pids[2] for source in (SAME, CRASH, SPIN) for _ in range(4)]
    assert len(os.listdir("/proc/self/fd")) == before
    assert all(gone(pid) for pid in pids)


def test_cpu_time_of_each_case_is_read_from_outside(run_c: Callable[..., Run]) -> None:
    """Whatever the candidate's own clock says: here the driver's reading of it is made useless."""
    source = """#include <time.h>
        int clock_gettime(clockid_t c, struct timespec *t) { (void)c; t->tv_sec = t->tv_nsec = 0; return 0; }
        int f(int x) { for (volatile int i = 0; i < x; i++) ; return x; }"""
    run = run_c(source, 10, 50_000_000, 10, limits=Limits(cpu=5.0, measure=True))
    assert run.end is End.DONE
    assert len(run.case_cpu) == 3
    assert run.case_cpu[1] > 10 * run.case_cpu[2] > 0
    assert run_c(SAME).case_cpu == []


def test_work_done_between_two_replies_is_not_free(run_c: Callable[..., Run]) -> None:
    source = """#include <signal.h>
        #include <sys/time.h>
        static volatile int done;
        static void late(int s) { (void)s; for (volatile int i = 0; i < 50000000; i++) ; done = 1; }
        int f(int x) {
            struct itimerval soon = {{0, 0}, {0, 1}};
            if (x == 1) { signal(SIGVTALRM, late); signal(SIGALRM, late); setitimer(ITIMER_REAL, &soon, 0); }
            return x;
        }"""
    measured = Limits(cpu=5.0, measure=True)
    late, idle = run_c(source, 1, 2, 3, limits=measured), run_c(source, 2, 3, 4, limits=measured)
    assert late.end is idle.end is End.DONE
    assert sum(late.case_cpu) > 10 * sum(idle.case_cpu)


LEAK = """#include <stdlib.h>
int f(int x) { volatile char *p = malloc(100); p[0] = (char)x; int r = p[0]; p = 0; return r; }"""


def test_a_leak_is_seen_where_it_is_asked_about(run_c: Callable[..., Run]) -> None:
    asked = run_c(LEAK, 1, 2, 3, build="sanitized", limits=Limits(cpu=5.0, leaks=True))
    assert (asked.end, asked.status) == (End.DONE, 99)
    assert b"LeakSanitizer: detected memory leaks" in asked.noise
    assert run_c(LEAK, 1, 2, 3, build="sanitized").status == 0


def test_clean_code_has_no_leak(run_c: Callable[..., Run]) -> None:
    clean = LEAK.replace("p = 0;", "free((void *)p);")
    run = run_c(clean, 1, 2, 3, build="sanitized", limits=Limits(cpu=5.0, leaks=True))
    assert (run.end, run.status, run.noise) == (End.DONE, 0, b"")
