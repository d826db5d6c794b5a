"""Small real repositories and tasks on them: what a person would ask of a ring buffer and of a reader of INI files."""

from __future__ import annotations

from pathlib import Path

from evaluators.oracles.refactoring import RefactoringSpec
from evaluators.oracles.repository import RepositorySpec
from evaluators.projects.edits import Edit, apply_edits, render_edits
from evaluators.projects.repository import Repository
from evaluators.spec import FunctionSpec, Param
from evaluators.text.structure_rules import Calls, FunctionExists, NoDuplicate, PublicApiUnchanged

_HERE = Path(__file__).with_suffix("")


def load(name: str, units: tuple[str, ...], include: tuple[str, ...]) -> Repository:
    folder = _HERE / name
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Repository(tuple((str(p.relative_to(folder)), p.read_text()) for p in files), units, include)


RING = load("ring", ("src/ring.c", "src/window.c"), ("include",))
INI = load("ini", ("src/ini.c", "src/span.c"), ("src",))

_OPERATIONS = (
    Param("operations", "const int *", "buffer", lo=-9, hi=9, max_len=30),
    Param("n", "int", "scalar", of="operations", role="length"),
    Param("capacity", "int", "scalar", lo=1, hi=6),
    Param("out", "int *", "buffer", mutable=True, of="operations"),
)
_USE_RING = """
static int use(struct ring *ring, int operation)
{
    int value = 99;

    if (operation >= 0)
        return ring_push(ring, operation);
    return 100 * ring_pop(ring, &value) + value;
}
"""

RING_PROBE = FunctionSpec(
    "probe_ring",
    "int",
    _OPERATIONS,
    """
int probe_ring(const int *operations, int n, int capacity, int *out)
{
    struct ring ring;

    ring_init(&ring, capacity);
    for (int i = 0; i < n; i++)
        out[i] = use(&ring, operations[i]);
    return ring_count(&ring);
}
""",
    '#include "ring.h"\n' + _USE_RING,
)

BUG_FIX = RepositorySpec(
    apply_edits(RING, [Edit("src/ring.c", "(ring->head + ring->count) % ring->capacity", "ring->head + ring->count")]),
    RING_PROBE,
    render_edits(
        [Edit("src/ring.c", "at = ring->head + ring->count;", "at = (ring->head + ring->count) % ring->capacity;")]
    ),
    ("src/*.c", "include/*.h"),
)

CROSS_FILE_FIX = RepositorySpec(
    INI,
    FunctionSpec(
        "probe_ini",
        "int",
        (
            Param("text", "const char *", "buffer", "u8", alphabet="[]=ab;# \n", max_len=60),
            Param("out", "char *", "buffer", "u8", mutable=True, capacity=4096, max_len=0),
        ),
        """
int probe_ini(const char *text, char *out)
{
    return ini_parse(text, note, out);
}
""",
        """
#include <stdio.h>
#include <string.h>

#include "ini.h"

static void note(const char *section, const char *key, const char *value, void *context)
{
    char *out = context;
    size_t used = strlen(out);

    snprintf(out + used, 4096 - used, "%s|%s|%s;", section, key, value);
}
""",
        (
            (b"[ a ]\nb = c\n", b""),
            (b"[" + b"s" * 40 + b"]\nk = " + b"v" * 40, b""),
            (b"b" * 40 + b"=1\n; c\n=\nz", b""),
        ),
    ),
    render_edits(
        [
            Edit(
                "src/span.c", "span.length < size ? span.length : size;", "span.length < size ? span.length : size - 1;"
            ),
            Edit("src/ini.c", "span_copy(name, section, INI_NAME);", "span_copy(span_trim(name), section, INI_NAME);"),
        ]
    ),
    ("src/*",),
)

FEATURE = RepositorySpec(
    RING,
    FunctionSpec(
        "probe_peek",
        "int",
        _OPERATIONS,
        """
int probe_peek(const int *operations, int n, int capacity, int *out)
{
    struct ring ring;
    int found = 0;

    ring_init(&ring, capacity);
    for (int i = 0; i < n; i++)
        use(&ring, operations[i]);
    for (int i = 0; i < n; i++) {
        out[i] = -1;
        found = 2 * found + ring_peek(&ring, i - 1, &out[i]);
    }
    return found & 0xffff;
}
""",
        '#include "ring.h"\n' + _USE_RING.replace("100 * ", ""),
    ),
    render_edits(
        [
            Edit(
                "include/ring.h",
                "/* How many",
                "/* Shows the value at a place, counted from the oldest. Returns 1, or 0 when nothing is there. */\n"
                "int ring_peek(const struct ring *ring, int place, int *value);\n\n/* How many",
            ),
            Edit(
                "src/ring.c",
                "int ring_count(",
                "int ring_peek(const struct ring *ring, int place, int *value)\n{\n"
                "    if (place < 0 || place >= ring->count)\n        return 0;\n"
                "    *value = ring->items[(ring->head + place) % ring->capacity];\n    return 1;\n}\n\nint ring_count(",
            ),
        ]
    ),
    ("src/*.c", "include/*.h"),
)

STATS_H = """#ifndef STATS_H
#define STATS_H

#include "ring.h"

/* The largest value less the smallest one; 0 for an empty ring. */
int stats_range(const struct ring *ring);

#endif
"""
STATS_C = """#include "stats.h"

#include "window.h"

int stats_range(const struct ring *ring)
{
    return window_largest(ring) - window_smallest(ring);
}
"""
NEW_MODULE = RepositorySpec(
    RING,
    FunctionSpec(
        "probe_range",
        "int",
        _OPERATIONS,
        """
int probe_range(const int *operations, int n, int capacity, int *out)
{
    struct ring ring;

    ring_init(&ring, capacity);
    for (int i = 0; i < n; i++) {
        window_add(&ring, operations[i]);
        out[i] = stats_range(&ring);
    }
    return stats_range(&ring);
}
""",
        '#include "stats.h"\n#include "window.h"\n',
    ),
    render_edits([Edit("include/stats.h", "", STATS_H), Edit("src/stats.c", "", STATS_C)]),
    ("src/stats.c", "include/stats.h"),
)

_EXTREME = """static int item_at(const struct ring *ring, int place)
{
    return ring->items[(ring->head + place) % ring->capacity];
}

/* The largest value times sign. */
static int extreme(const struct ring *ring, int sign)
{
    int best;

    if (ring->count == 0)
        return 0;
    best = sign * item_at(ring, 0);
    for (int i = 1; i < ring->count; i++)
        if (sign * item_at(ring, i) > best)
            best = sign * item_at(ring, i);
    return best;
}
"""
WINDOW_C = RING.texts["src/window.c"]
REFACTORED_WINDOW_C = (
    '#include "window.h"\n\n'
    + _EXTREME
    + WINDOW_C[WINDOW_C.index("\nint window_add") : WINDOW_C.index("int window_largest")].replace(
        "ring->items[(ring->head + i) % ring->capacity]", "item_at(ring, i)"
    )
    + "int window_largest(const struct ring *ring)\n{\n    return extreme(ring, 1);\n}\n\n"
    + "int window_smallest(const struct ring *ring)\n{\n    return -extreme(ring, -1);\n}\n"
)
REFACTORING = RefactoringSpec(
    RING,
    FunctionSpec(
        "probe_window",
        "int",
        _OPERATIONS,
        """
int probe_window(const int *operations, int n, int capacity, int *out)
{
    struct ring ring;
    int sum = 0;

    ring_init(&ring, capacity);
    for (int i = 0; i < n; i++) {
        sum += window_add(&ring, operations[i]);
        out[i] = 100 * window_largest(&ring) + window_smallest(&ring);
    }
    return sum;
}
""",
        '#include "window.h"\n',
    ),
    render_edits([Edit("src/window.c", WINDOW_C, REFACTORED_WINDOW_C)]),
    ("src/*.c",),
    (
        FunctionExists("item_at", file="src/window.c", static=True, parameters=2),
        Calls("window_add", "item_at"),
        NoDuplicate(24, ("window_largest", "window_smallest")),
        PublicApiUnchanged(("include/ring.h", "include/window.h")),
    ),
)
TASKS = {
    "bug fix": BUG_FIX,
    "cross-file fix": CROSS_FILE_FIX,
    "feature": FEATURE,
    "new module": NEW_MODULE,
    "refactoring": REFACTORING,
}
