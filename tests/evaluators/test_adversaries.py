"""Attacks that need something of this machine, or of which more is known than that they are contained.

The others stand in `adversaries/`, one a file (test_suites_of_programs.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.verdict import Kind, Verdict

Grade = Callable[[str], Verdict]
RIGHT = "int s = 0; while (n-- > 0) s += a[n]; return s;"
HEADERS = """#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
"""


def attack(body: str, before: str = "") -> str:
    return f"{HEADERS}{before}\nint total(const int *a, int n) {{ (void)a; (void)n; {body} }}\n"


@pytest.mark.parametrize("code", [0, 1, 77])
def test_leaving_early_is_a_runtime_error_whatever_the_status(grade: Grade, code: int) -> None:
    assert grade(attack(f"exit({code}); return 0;")).kind is Kind.RUNTIME_ERROR
    assert grade(attack(f"_exit({code}); return 0;")).kind is Kind.RUNTIME_ERROR


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


def test_a_source_that_reads_the_compilers_own_pipes_disturbs_nobody(grade: Grade) -> None:
    for pid in (1, 2, 3):
        for fd in (0, 3, 4, 5, 6, 7):
            grade(f'#include "/proc/{pid}/fd/{fd}"\n// {pid} {fd}\n{attack("return 54321;")}')
    assert grade(attack(RIGHT + "/* still well */")).passed


def _readable(folder: Path, text: str) -> str:
    path = folder / "secret.h"
    path.write_text(text)
    for directory in (path, *path.parents[:3]):
        if directory.owner() != "root" or directory != Path("/"):
            directory.chmod(directory.stat().st_mode | 0o005)
    return str(path)
