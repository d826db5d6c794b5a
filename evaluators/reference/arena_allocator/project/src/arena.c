#include "arena.h"

#include <stdlib.h>
#include <string.h>

#include "chunk.h"

/* current: the chunk that pieces are taken from; NULL until there is one. */
struct arena {
    struct chunk *first;
    struct chunk *current;
    size_t chunk_size;
    size_t pieces;
};

struct arena *arena_new(size_t chunk_size)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (arena != NULL)
        arena->chunk_size = chunk_size;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    chunk_free_all(arena->first);
    free(arena);
}

/* Puts a new chunk that has room for a piece behind the current one. */
static struct chunk *add_chunk(struct arena *arena, size_t size)
{
    struct chunk *chunk = chunk_new(size > arena->chunk_size ? size : arena->chunk_size);

    if (chunk == NULL)
        return NULL;
    if (arena->current == NULL) {
        chunk->next = arena->first;
        arena->first = chunk;
    } else {
        chunk->next = arena->current->next;
        arena->current->next = chunk;
    }
    return chunk;
}

/* A piece from the current chunk, else from the one behind it, else from a new one. */
static void *find_room(struct arena *arena, size_t size, size_t alignment)
{
    struct chunk *next = arena->current != NULL ? arena->current->next : arena->first;
    void *piece = arena->current != NULL ? chunk_take(arena->current, size, alignment) : NULL;

    if (piece != NULL)
        return piece;
    piece = next != NULL ? chunk_take(next, size, alignment) : NULL;
    if (piece == NULL) {
        next = add_chunk(arena, size);
        piece = next != NULL ? chunk_take(next, size, alignment) : NULL;
    }
    if (piece != NULL)
        arena->current = next;
    return piece;
}

void *arena_take_aligned(struct arena *arena, size_t size, size_t alignment)
{
    void *piece = find_room(arena, size > 0 ? size : 1, alignment);

    if (piece != NULL)
        arena->pieces++;
    return piece;
}

void *arena_take(struct arena *arena, size_t size)
{
    return arena_take_aligned(arena, size, ARENA_ALIGNMENT);
}

void *arena_take_zeroed(struct arena *arena, size_t size)
{
    void *piece = arena_take(arena, size);

    return piece != NULL ? memset(piece, 0, size) : NULL;
}

void *arena_grow(struct arena *arena, void *piece, size_t size, size_t new_size)
{
    void *moved;

    if (arena->current != NULL && chunk_grow(arena->current, piece, new_size))
        return piece;
    moved = arena_take(arena, new_size);
    if (moved != NULL && size > 0)
        memcpy(moved, piece, size);
    return moved;
}

struct arena_mark arena_here(const struct arena *arena)
{
    struct arena_mark mark = {arena->current, 0, arena->pieces};

    if (arena->current != NULL)
        mark.used = arena->current->used;
    return mark;
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    struct chunk *chunk = mark.chunk != NULL ? mark.chunk : arena->first;

    if (chunk == NULL)
        return;
    chunk_cut(chunk, mark.used);
    arena->current = chunk;
    arena->pieces = mark.pieces;
}

void arena_reset(struct arena *arena)
{
    for (struct chunk *chunk = arena->first; chunk != NULL; chunk = chunk->next)
        chunk_cut(chunk, 0);
    arena->current = arena->first;
    arena->pieces = 0;
}

struct arena_figures arena_measure(const struct arena *arena)
{
    struct arena_figures figures = {0, 0, 0, arena->pieces};

    for (const struct chunk *chunk = arena->first; chunk != NULL; chunk = chunk->next) {
        figures.chunks++;
        figures.reserved += chunk->size;
        figures.used += chunk->used;
    }
    return figures;
}
