#include "chunk.h"

#include <stdint.h>
#include <stdlib.h>

static size_t rounded_up(size_t number, size_t multiple)
{
    return (number + multiple - 1) / multiple * multiple;
}

struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = rounded_up(size, sizeof chunk->memory[0]);
    chunk = malloc(sizeof *chunk + size);
    if (chunk == NULL)
        return NULL;
    chunk->next = NULL;
    chunk->size = size;
    chunk->used = 0;
    chunk->latest = 0;
    return chunk;
}

void chunk_free_all(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
}

void *chunk_take(struct chunk *chunk, size_t size, size_t alignment)
{
    size_t start = rounded_up(chunk->used, alignment);

    if (start > chunk->size || size > chunk->size - start)
        return NULL;
    chunk->latest = start;
    chunk->used = start + size;
    return (char *)chunk->memory + start;
}

bool chunk_grow(struct chunk *chunk, const void *piece, size_t size)
{
    if (chunk->latest == chunk->used || piece != (const char *)chunk->memory + chunk->latest)
        return false;
    if (size > chunk->size - chunk->latest)
        return false;
    chunk->used = chunk->latest + size;
    return true;
}

void chunk_cut(struct chunk *chunk, size_t used)
{
    chunk->used = used;
    chunk->latest = used;
}
