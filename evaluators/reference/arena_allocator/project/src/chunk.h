#ifndef CHUNK_H
#define CHUNK_H

#include <stdbool.h>
#include <stddef.h>

/* size: bytes of memory. used: how far it is taken. latest: where the piece begins that was taken last, or used when
   that is not known. */
struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    size_t latest;
    max_align_t memory[];
};

/* An empty chunk of at least that size, or NULL. */
struct chunk *chunk_new(size_t size);

/* Frees a chunk and all behind it. */
void chunk_free_all(struct chunk *chunk);

/* A piece at a multiple of alignment, or NULL if there is no room for it. */
void *chunk_take(struct chunk *chunk, size_t size, size_t alignment);

/* Makes the piece that was taken last larger. False, and nothing changes, if it is another one or there is no room. */
bool chunk_grow(struct chunk *chunk, const void *piece, size_t size);

/* Takes back all that was taken behind a place. */
void chunk_cut(struct chunk *chunk, size_t used);

#endif
