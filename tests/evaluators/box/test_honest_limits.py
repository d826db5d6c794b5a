"""What a nervous sandbox breaks: memory, stack, threads and output that a correct program may well use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluators.box.observation import End, Run

MALLOC = """
#include <stdlib.h>
#include <string.h>
int f(int x) {
    size_t n = 200u << 20;
    char *p = malloc(n);
    if (!p) return -1;
    memset(p, 1, n);
    int r = p[n - 1] + x - 1;
    free(p);
    return r;
}
"""
RECURSION = """
static int dig(int n) { volatile char pad[64]; pad[0] = 1; return n ? dig(n - 1) + pad[0] : 0; }
int f(int x) { return dig(300000) - 300000 + x; }
"""
STACK_ARRAY = """
#include <string.h>
int f(int x) { volatile char a[40 << 20]; memset((char *)a, 1, sizeof a); return a[12345678] + x - 1; }
"""
THREADS = """
#include <pthread.h>
static void *work(void *p) {
    volatile char room[4 << 20];
    for (int i = 0; i < 4 << 20; i += 4096) room[i] = 1;
    *(int *)p = room[4096];
    return 0;
}
int f(int x) {
    pthread_t t[31];
    int r[31], s = 0;
    for (int i = 0; i < 31; i++) if (pthread_create(&t[i], 0, work, &r[i])) return -i;
    for (int i = 0; i < 31; i++) { pthread_join(t[i], 0); s += r[i]; }
    return s + x - 31;
}
"""
OUTPUT = """
#include <stdio.h>
int f(int x) { for (int i = 0; i < 20000; i++) puts("123456789"); fflush(stdout); return x; }
"""
LIBRARY = """
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static volatile int caught;
static void catch(int s) { caught = s; }
int f(int x) {
    char text[64];
    time_t epoch = 0;
    setlocale(LC_ALL, "");
    setlocale(LC_ALL, "C.UTF-8");
    snprintf(text, sizeof text, "%.17g %Lg %s", 0.1, 2.5L, ctime(&epoch));
    signal(SIGUSR1, catch);
    raise(SIGUSR1);
    return caught == SIGUSR1 && strlen(text) > 20 && strtod("1e-3", 0) < 1 && sqrt(x * x) == x ? x : -1;
}
"""
SLEEP = "#include <unistd.h>\nint f(int x) { for (int i = 0; i < 20; i++) usleep(1000); return x; }\n"


@pytest.mark.parametrize("build", ["plain", "sanitized"])
@pytest.mark.parametrize(
    "source", [MALLOC, RECURSION, STACK_ARRAY, THREADS, OUTPUT, LIBRARY, SLEEP], ids=lambda s: s.split("{")[0][-30:]
)
def test_an_honest_program_is_let_be(run_c: Callable[..., Run], source: str, build: str) -> None:
    run = run_c(source, 7, 9, build=build)
    assert (run.end, run.status, run.noise[-300:] if "puts" not in source else b"") == (End.DONE, 0, b"")
    assert [seen.returned for seen in run.observations] == [b"\7\0\0\0", b"\t\0\0\0"]


def test_only_the_end_of_what_is_printed_is_kept(run_c: Callable[..., Run]) -> None:
    run = run_c(OUTPUT.replace("return x", 'puts("last words"); fflush(stdout); return x'), 1, 2)
    assert len(run.noise) == 64 << 10
    assert run.noise.endswith(b"last words\n")
