#include <stdint.h>
#include <string.h>

#include "arena.h"

#define PIECES 40
#define MARKS 8

/* Pieces that are handed out, each filled with its number, and marks with the number of pieces at their time. */
struct state {
    struct arena *arena;
    unsigned char *pieces[PIECES];
    size_t sizes[PIECES];
    int count;
    struct arena_mark marks[MARKS];
    int counts[MARKS];
    int depth;
};

static int damaged(const struct state *state)
{
    int bytes = 0;

    for (int i = 0; i < state->count; i++)
        for (size_t k = 0; k < state->sizes[i]; k++)
            bytes += state->pieces[i][k] != i + 1;
    return bytes;
}

static int take(struct state *state, int operation)
{
    size_t alignment = (size_t)1 << operation % 5, size = 7 * (size_t)operation + 1;
    unsigned char *piece = arena_take_aligned(state->arena, size, alignment);

    memset(piece, state->count + 1, size);
    state->pieces[state->count] = piece;
    state->sizes[state->count++] = size;
    return (int)((uintptr_t)piece % alignment);
}

static int grow(struct state *state)
{
    int last = state->count - 1;
    unsigned char *piece;

    if (last < 0)
        return -1;
    piece = arena_grow(state->arena, state->pieces[last], state->sizes[last], state->sizes[last] + 9);
    memset(piece + state->sizes[last], last + 1, 9);
    state->sizes[last] += 9;
    last = piece == state->pieces[last];
    state->pieces[state->count - 1] = piece;
    return last;
}

static int mark(struct state *state)
{
    if (state->depth == MARKS)
        return -1;
    state->marks[state->depth] = arena_here(state->arena);
    state->counts[state->depth++] = state->count;
    return state->depth;
}

static int go_back(struct state *state, int leave)
{
    if (state->depth == 0)
        return -1;
    arena_rewind(state->arena, state->marks[state->depth - 1]);
    state->count = state->counts[state->depth - 1];
    state->depth -= leave;
    return state->depth;
}

static int use(struct state *state, int operation)
{
    if (operation >= 0)
        return take(state, operation);
    if (operation >= -3)
        return mark(state);
    if (operation >= -9)
        return go_back(state, operation % 2 == 0);
    if (operation >= -11)
        return grow(state);
    arena_reset(state->arena);
    state->count = state->depth = 0;
    return 0;
}

// probe
int probe_arena(const int *operations, int n, int chunk_size, int *out)
{
    struct state state = {0};
    int bad = 0;

    state.arena = arena_new((size_t)chunk_size);
    for (int i = 0; i < n; i++) {
        struct arena_figures figures;

        out[5 * i] = use(&state, operations[i]);
        figures = arena_measure(state.arena);
        out[5 * i + 1] = (int)figures.chunks;
        out[5 * i + 2] = (int)figures.reserved;
        out[5 * i + 3] = (int)figures.used;
        out[5 * i + 4] = (int)figures.pieces;
        bad += damaged(&state);
    }
    arena_free(state.arena);
    return bad;
}
