"""Candidates that attack the grader, its box or its compiler. None of them may pass, hang, or disturb the next one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.box.process_tree import process_use, runs, tree_use
from evaluators.oracles.session import Oracles
from evaluators.spec import FunctionSpec
from evaluators.verdict import Kind, Verdict

Grade = Callable[[str], Verdict]
RIGHT = "int s = 0; while (n-- > 0) s += a[n]; return s;"
HEADERS = """#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
"""


def attack(body: str, before: str = "") -> str:
    return f"{HEADERS}{before}\nint total(const int *a, int n) {{ (void)a; (void)n; {body} }}\n"


@pytest.mark.parametrize("code", [0, 1, 77])
def test_leaving_early_is_a_runtime_error_whatever_the_status(grade: Grade, code: int) -> None:
    assert grade(attack(f"exit({code}); return 0;")).kind is Kind.RUNTIME_ERROR
    assert grade(attack(f"_exit({code}); return 0;")).kind is Kind.RUNTIME_ERROR


def test_printing_pass_on_every_descriptor_is_tampering(grade: Grade) -> None:
    verdict = grade(
        attack('for (int fd = 0; fd < 64; fd++) write(fd, "REPLpass\\0\\0\\0\\0\\0\\0\\0\\0", 16); return 0;')
    )
    assert verdict.kind is Kind.TAMPER


def test_a_reply_written_besides_the_drivers_is_tampering(grade: Grade) -> None:
    """Even with the right answer in every call: bytes that nobody asked for are not let through."""
    verdict = grade(attack('for (int fd = 3; fd < 64; fd++) write(fd, "more", 4);' + RIGHT))
    assert verdict.kind is Kind.TAMPER


def test_a_flood_of_observations_is_stopped(grade: Grade) -> None:
    body = "static char junk[65536]; for (;;) for (int fd = 3; fd < 32; fd++) write(fd, junk, sizeof junk);"
    assert grade(attack(body + "return 0;")).kind in (Kind.TAMPER, Kind.OUTPUT_LIMIT, Kind.TIMEOUT)


def test_a_flood_on_stdout_is_an_output_limit(grade: Grade) -> None:
    assert grade(attack('for (;;) puts("all work and no play"); return 0;')).kind is Kind.OUTPUT_LIMIT


def test_a_flood_on_stderr_with_a_right_answer_is_an_output_limit(grade: Grade) -> None:
    body = "static char junk[1000000]; memset(junk, 'x', sizeof junk); write(2, junk, sizeof junk);"
    assert grade(attack(body + RIGHT)).kind is Kind.OUTPUT_LIMIT


def test_a_fork_bomb_gets_no_process(grade: Grade) -> None:
    verdict = grade(attack("for (int i = 0; i < 1000; i++) if (fork() >= 0) return 12345; return 54321;"))
    assert verdict.kind is Kind.WRONG_ANSWER
    assert "gives 54321" in verdict.evidence


def test_a_daemonising_child_never_starts(grade: Grade) -> None:
    body = "if (fork() == 0) { setsid(); if (fork() == 0) for (;;) pause(); _exit(0); } "
    verdict = grade(attack(f"{body} return errno == EPERM ? 54321 : 12345;"))
    assert "gives 54321" in verdict.evidence


def test_threads_are_bounded(grade: Grade) -> None:
    before = "#include <pthread.h>\nstatic void *sleeps(void *p) { pause(); return p; }"
    body = """pthread_t t; int made = 0;
        while (made < 1000 && pthread_create(&t, 0, sleeps, 0) == 0) made++;
        return made >= 1 && made <= 32 ? 54321 : made;"""
    assert "gives 54321" in grade(attack(body, before)).evidence


@pytest.mark.parametrize(
    "bomb",
    [
        "for (;;) memset(malloc(1 << 24), 1, 1 << 12);",
        "for (;;) calloc(1, 1 << 24);",
        "return *(int *)malloc(1UL << 40);",
    ],
)
def test_a_memory_bomb_is_a_memory_verdict(grade: Grade, bomb: str) -> None:
    assert grade(attack(f"{bomb} return 0;")).kind is Kind.MEMORY


def test_a_memory_bomb_that_touches_every_page_ends_by_one_limit_or_the_other(grade: Grade) -> None:
    bomb = attack("for (;;) memset(malloc(1 << 20), 1, 1 << 20); return 0;")
    assert grade(bomb).kind in (Kind.MEMORY, Kind.TIMEOUT)


def test_a_giant_static_array_does_not_load(grade: Grade) -> None:
    assert grade(attack("huge[n] = 1; return huge[1];", "static char huge[1UL << 31];")).kind is Kind.MEMORY


def test_a_recursion_without_end_is_a_runtime_error(grade: Grade) -> None:
    source = attack(
        "return dig(n);", "static int dig(int n) { volatile char pad[4096]; pad[0] = 1; return dig(n + pad[0]); }"
    )
    assert grade(source).kind is Kind.RUNTIME_ERROR


def test_the_environment_of_the_host_is_not_to_be_found(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP_SECRET_TOKEN", "hunter2")
    body = """char path[64], text[65536]; int found = 0;
        for (int pid = 0; pid < 64; pid++) {
            if (pid) snprintf(path, sizeof path, "/proc/%d/environ", pid); else strcpy(path, "/proc/self/environ");
            int fd = open(path, O_RDONLY);
            ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text);
            if (got > 0 && memmem(text, (size_t)got, "hunter2", 7)) found++;
            if (fd >= 0) close(fd);
        }
        return 54321 + found;"""
    assert "gives 54321," in grade(attack(body)).evidence


@pytest.mark.parametrize("path", ["/work", "/root", "/home", "/etc/passwd", "/etc/shadow", "/tmp", "/var", "/usr/bin"])
def test_the_hosts_files_do_not_exist(grade: Grade, path: str) -> None:
    verdict = grade(attack(f'return access("{path}", F_OK) == 0 ? 12345 : 54321;'))
    assert "gives 54321" in verdict.evidence


def test_an_included_host_file_is_a_compile_error(grade: Grade, tmp_path: Path) -> None:
    for path in ("/etc/passwd", "/proc/self/environ", _readable(tmp_path, "int total(const int *a, int n);")):
        verdict = grade(f'#include "{path}"\nint total(const int *a, int n) {{ {RIGHT} }}')
        assert verdict.kind is Kind.COMPILE_ERROR, path


def test_incbin_of_a_host_file_is_tampering(grade: Grade, tmp_path: Path) -> None:
    secret = _readable(tmp_path, "secret")
    for keyword in ("asm", "__asm__", "__asm"):
        assert grade(f'{keyword}(".incbin \\"{secret}\\"");\n{attack(RIGHT)}').kind is Kind.TAMPER


def test_an_assembler_name_pasted_together_reaches_no_host_file(grade: Grade, tmp_path: Path) -> None:
    secret = _readable(tmp_path, "secret")
    before = f'#define PASTE(a, b) a##b\nPASTE(as, m)(".incbin \\"{secret}\\"");'
    assert grade(attack(RIGHT, before)).kind is Kind.TAMPER


@pytest.mark.parametrize(
    "bomb",
    [
        "#include __FILE__\n#include __FILE__\n",
        "#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(A(x))))\n#define C(x) B(B(B(x)))\nint z[] = { C(1,) };\n",
        "int blob[1 << 28] = { [0 ... (1 << 28) - 1] = 7 };\n",
        "struct { int x[1 << 20]; } y[200] = { [199] = { { 1 } } };\n",
        "#error " + "x" * 100_000 + "\n",
        "(" * 60_000,
    ],
    ids=["include itself", "macros", "initialiser", "sparse", "diagnostics", "nesting"],
)
def test_a_bomb_for_the_compiler_is_stopped(grade: Grade, bomb: str) -> None:
    started = time.monotonic()
    verdict = grade(bomb + attack("return 54321;"))
    assert not verdict.passed
    assert verdict.kind is not Kind.INFRA
    assert len(verdict.evidence) <= 600
    assert time.monotonic() - started < 60


def test_a_source_that_reads_the_compilers_own_pipes_disturbs_nobody(grade: Grade) -> None:
    for pid in (1, 2, 3):
        for fd in (0, 3, 4, 5, 6, 7):
            grade(f'#include "/proc/{pid}/fd/{fd}"\n// {pid} {fd}\n{attack("return 54321;")}')
    assert grade(attack(RIGHT + "/* still well */")).passed


def test_an_oversized_source_is_a_compile_error(grade: Grade) -> None:
    assert grade(attack(RIGHT) + "int x;\n" * 40_000).kind is Kind.COMPILE_ERROR


@pytest.mark.parametrize(
    "extra",
    [
        "int main(void) { return 0; }",
        "static int main(void) { return 0; }",
        "__attribute__((constructor)) static void early(void) { _exit(0); }",
        "__attribute__((destructor)) static void late(void) { _exit(0); }",
        "#define PASTE(a, b) a##b\n__attribute__((PASTE(con, structor))) static void early(void) { _exit(0); }",
        'static void early(void) {}\n__attribute__((section(".init_array"), used)) static void (*p)(void) = early;',
        "void _init(void) { _exit(0); }",
        "void _fini(void) { _exit(0); }",
        'const char *__asan_default_options(void) { return "exitcode=0:halt_on_error=0"; }',
        "void __asan_report_load4(unsigned long p) { (void)p; }",
        "void __ubsan_handle_add_overflow_abort(void *d, void *l, void *r) { (void)d; (void)l; (void)r; }",
        "void __sanitizer_set_death_callback(void (*)(void));\nvoid use(void) { __sanitizer_set_death_callback(0); }",
        "__attribute__((no_sanitize_address)) int other(void) { return 0; }",
        '__attribute__((no_sanitize("address"))) int other(void) { return 0; }',
        "static int real(void) { return 1; }\nstatic void *pick(void) { return real; }\n"
        '#define PASTE(a, b) a##b\nint chosen(void) __attribute__((PASTE(if, unc)("pick")));',
        "void *__wrap_malloc(unsigned long n) { return (void *)n; }",
    ],
)
def test_code_that_runs_by_itself_or_replaces_the_sanitizer_is_tampering(grade: Grade, extra: str) -> None:
    assert grade(attack(RIGHT, extra)).kind is Kind.TAMPER


def test_a_sanitizer_switched_off_by_pasting_is_tampering(grade: Grade) -> None:
    before = (
        '#define PASTE(a, b) a##b\n#define QUIET __attribute__((PASTE(no_san, itize)("address", "undefined")))\nQUIET'
    )
    body = "int s = 0; for (int i = 0; i <= n; i++) { int v = a[i]; if (i < n) s += v; } return s;"
    assert grade(attack(body, before)).kind is Kind.TAMPER


def test_a_body_only_for_the_sanitizer_build_is_impossible(grade: Grade) -> None:
    overrun = "int s = 0; for (int i = 0; i <= n; i++) { int v = a[i]; if (i < n) s += v; } return s;"
    body = f"\n#ifdef __SANITIZE_ADDRESS__\n{RIGHT}\n#else\n{overrun}\n#endif\n"
    assert grade(attack(body)).kind is Kind.SANITIZER


def test_own_signal_handlers_do_not_hide_a_crash(grade: Grade) -> None:
    before = "static void quiet(int s) { (void)s; _exit(0); }"
    body = "for (int s = 1; s < 32; s++) signal(s, quiet); return *(volatile int *)8;"
    assert grade(attack(body, before)).kind is Kind.RUNTIME_ERROR


def test_own_signal_handlers_do_not_outlast_the_time_limit(grade: Grade) -> None:
    body = "for (int s = 1; s < 64; s++) signal(s, SIG_IGN); for (volatile unsigned i = 0;; i++) ; return 0;"
    assert grade(attack(body)).kind is Kind.TIMEOUT


def test_closing_all_descriptors_is_no_pass(grade: Grade) -> None:
    assert not grade(attack("for (int fd = 0; fd < 64; fd++) close(fd);" + RIGHT)).passed


def test_closing_all_descriptors_and_waiting_does_not_hang(grade: Grade) -> None:
    started = time.monotonic()
    verdict = grade(attack("for (int fd = 0; fd < 64; fd++) close(fd); for (;;) pause(); return 0;"))
    assert not verdict.passed
    assert time.monotonic() - started < 25


def test_a_stolen_input_stream_shows_nothing_ahead(grade: Grade) -> None:
    """Reading the cases' descriptor inside the call blocks: the next input leaves only after this one's reply."""
    body = """char peek[4096]; int ahead = 0;
        for (int fd = 3; fd < 24; fd++) {
            int flags = fcntl(fd, F_GETFL);
            if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY) continue;
            fcntl(fd, F_SETFL, flags | O_NONBLOCK);
            if (read(fd, peek, sizeof peek) > 0) ahead++;
            fcntl(fd, F_SETFL, flags);
        }
        return 54321 + ahead;"""
    assert "gives 54321," in grade(attack(body)).evidence


def test_nothing_on_the_network_answers(grade: Grade) -> None:
    before = "#include <netinet/in.h>\n#include <sys/socket.h>"
    body = """struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
        to.sin_addr.s_addr = htonl(0x08080808);
        int s = socket(AF_INET, SOCK_STREAM, 0);
        return s >= 0 && connect(s, (struct sockaddr *)&to, sizeof to) == 0 ? 12345 : 54321;"""
    assert "gives 54321" in grade(attack(body, before)).evidence


def test_the_driver_cannot_be_rewritten_through_its_file(grade: Grade) -> None:
    body = """int done = open("/proc/self/exe", O_RDWR) >= 0;
        for (int fd = 3; fd < 24; fd++) done += ftruncate(fd, 0) == 0;
        return 54321 + done;"""
    assert "gives 54321," in grade(attack(body)).evidence


def test_no_process_of_any_attack_is_left(oracle: Oracles, sum_spec: FunctionSpec) -> None:
    source = attack("signal(SIGTERM, SIG_IGN); setsid(); for (volatile unsigned i = 0;; i++) ; return 0; /* last */")
    assert oracle.grade(sum_spec, source).kind is Kind.TIMEOUT
    deadline = time.monotonic() + 5
    while (left := _spinning()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def _spinning() -> list[int]:
    """Processes below this one that are on a core although nothing is graded."""
    return [p for p in tree_use(os.getpid()).pids[1:] if not process_use(p).asleep and runs(p)]


def _readable(folder: Path, text: str) -> str:
    path = folder / "secret.h"
    path.write_text(text)
    for directory in (path, *path.parents[:3]):
        if directory.owner() != "root" or directory != Path("/"):
            directory.chmod(directory.stat().st_mode | 0o005)
    return str(path)
