"""What native/confine.h takes from a candidate: each line here is tried by one, inside a real box."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from evaluators.box.observation import End, Limits, Run

BUILDS = pytest.mark.parametrize("build", ["plain", "sanitized"])
HEADERS = """#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
"""


def returned(run: Run) -> int:
    assert (run.end, run.status) == (End.DONE, 0), run
    return int.from_bytes(run.observations[0].returned, "little", signed=True)


@BUILDS
@pytest.mark.parametrize(
    "call",
    [
        "fork()",
        "vfork()",
        "socket(AF_UNIX, SOCK_STREAM, 0)",
        "ptrace(PTRACE_TRACEME, 0, 0, 0)",
        "syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)",
        "syscall(SYS_clone, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND | CLONE_NEWUSER, 0, 0, 0, 0)",
        "prctl(PR_SET_DUMPABLE, 1)",
        "prctl(PR_SET_PDEATHSIG, 0)",
        "prctl(PR_SET_SECCOMP, 1)",
        "fcntl(0, F_SETOWN, 1)",
        "fcntl(1, F_SETPIPE_SZ, 1 << 20)",
        "kill(0, SIGTERM)",
        "kill(-1, SIGTERM)",
        "kill(getppid(), 0)",
        "setpriority(PRIO_USER, 0, 19)",
        'execve("/proc/self/exe", (char *[]){0}, (char *[]){0})',
        'chdir("/")',
        "setsid()",
    ],
)
def test_a_call_is_refused(run_c: Callable[..., Run], call: str, build: str) -> None:
    assert (
        returned(run_c(f"{HEADERS}int f(int x) {{ long r = {call}; return r == -1 ? errno : x; }}", build=build)) == 1
    )


def test_a_newer_clone_is_said_not_to_exist(run_c: Callable[..., Run]) -> None:
    """So that the C library falls back to one whose flags a filter can read."""
    body = "char room[88] = {0}; long r = syscall(435, room, 88); return r == -1 && errno == ENOSYS;"
    assert returned(run_c(f"{HEADERS}int f(int x) {{ (void)x; {body} }}")) == 1


@pytest.mark.skipif("os.uname().machine != 'x86_64'", reason="the other architecture's entry is x86's")
@pytest.mark.parametrize("entry", ["mov $20, %%eax; int $0x80", "mov $0x40000027, %%eax; syscall"])
def test_another_architectures_system_calls_kill(run_c: Callable[..., Run], entry: str) -> None:
    run = run_c(f'int f(int x) {{ __asm__ volatile("{entry}" ::: "rax", "rcx", "r11", "memory"); return x; }}')
    assert (run.end, run.status) == (End.EXITED, 128 + 31)  # SIGSYS (a kernel without that entry gives SIGSEGV)


@pytest.mark.parametrize(
    "path", ["/proc/self/status", "/proc/self/mem", "/proc/self/environ", "/proc/1/cmdline", "/proc", "/", "/usr"]
)
def test_a_file_of_the_system_is_refused_by_landlock(run_c: Callable[..., Run], path: str) -> None:
    assert returned(run_c(f'{HEADERS}int f(int x) {{ return open("{path}", O_RDONLY) < 0 ? errno : x; }}')) == 13


def test_libraries_can_be_read_and_not_started(run_c: Callable[..., Run]) -> None:
    body = 'return open("/usr/lib", O_RDONLY | O_DIRECTORY) >= 0 && access("/usr/lib", W_OK) != 0;'
    assert returned(run_c(f"{HEADERS}int f(int x) {{ (void)x; {body} }}")) == 1


@BUILDS
def test_a_signal_to_itself_is_its_own_affair(run_c: Callable[..., Run], build: str) -> None:
    source = f"{HEADERS}static volatile int n; static void g(int s) {{ n += s; }}"
    body = "signal(SIGUSR1, g); raise(SIGUSR1); kill(getpid(), SIGUSR1); return n == 2 * SIGUSR1 ? 1 : x * 9;"
    assert returned(run_c(f"{source} int f(int x) {{ {body} }}", build=build)) == 1


def test_a_measured_candidate_has_no_threads(run_c: Callable[..., Run]) -> None:
    source = """#include <pthread.h>
        static void *g(void *p) { return p; }
        int f(int x) { pthread_t t; return pthread_create(&t, 0, g, 0) ? x : -1; }"""
    assert returned(run_c(source, limits=Limits(cpu=2.0, measure=True))) == 1
    assert returned(run_c(source)) == -1


def test_memory_of_its_own_is_bounded_under_the_sanitizers_too(run_c: Callable[..., Run]) -> None:
    """Untouched memory is never resident: what stops this is the limit of writable memory, not the watch."""
    source = """#include <sys/mman.h>
        int f(int x) {
            int mode = PROT_READ | PROT_WRITE, kind = MAP_PRIVATE | MAP_ANONYMOUS;
            for (int i = 0; i < 1024; i++) if (mmap(0, 1 << 20, mode, kind, -1, 0) == MAP_FAILED) return x;
            return -1;
        }"""
    for build in ("plain", "sanitized"):
        assert returned(run_c(source, build=build)) == 1


def test_signals_that_the_grader_ignores_are_not_ignored_inside(
    run_c: Callable[..., Run],
) -> None:
    """As when the grader was started in the background by a shell."""
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    try:
        run = run_c(f"{HEADERS}int f(int x) {{ raise(SIGQUIT); return x; }}")
    finally:
        signal.signal(signal.SIGQUIT, before)
    assert (run.end, run.status) == (End.EXITED, 128 + signal.SIGQUIT)
