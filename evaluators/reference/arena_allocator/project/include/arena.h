#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/* What suits every type, and the largest alignment that can be asked for. */
#define ARENA_ALIGNMENT _Alignof(max_align_t)

struct arena;

/* A state to come back to. Its members are the arena's business. */
struct arena_mark {
    struct chunk *chunk;
    size_t used;
    size_t pieces;
};

/* chunks: how many there are. reserved: their bytes. used: bytes of them that are handed out or skipped.
   pieces: how many are handed out. */
struct arena_figures {
    size_t chunks;
    size_t reserved;
    size_t used;
    size_t pieces;
};

/* An arena without any chunk yet, whose chunks have at least that many bytes; NULL without memory. */
struct arena *arena_new(size_t chunk_size);
void arena_free(struct arena *arena);

/* A piece for any type. A size of 0 counts as 1. NULL without memory; the arena is as it was then. */
void *arena_take(struct arena *arena, size_t size);

/* The same, filled with zeros. */
void *arena_take_zeroed(struct arena *arena, size_t size);

/* A piece at a multiple of alignment, a power of two up to ARENA_ALIGNMENT. */
void *arena_take_aligned(struct arena *arena, size_t size, size_t alignment);

/* A piece of the new size with the contents of the old one: the old one itself where it can grow, or another one that
   suits any type. new_size is not less than size. */
void *arena_grow(struct arena *arena, void *piece, size_t size, size_t new_size);

struct arena_mark arena_here(const struct arena *arena);

/* Takes back all pieces that were handed out after the mark was taken. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Takes back all pieces. */
void arena_reset(struct arena *arena);

struct arena_figures arena_measure(const struct arena *arena);

#endif
