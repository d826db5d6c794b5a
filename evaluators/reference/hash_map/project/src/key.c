#include "key.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, by Fowler, Noll and Vo. */
uint32_t key_hash(const char *key, size_t length)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < length; i++) {
        hash ^= (unsigned char)key[i];
        hash *= 16777619u;
    }
    return hash;
}

bool key_equal(const char *held, const char *key, size_t length)
{
    return strncmp(held, key, length) == 0 && held[length] == '\0';
}

char *key_copy(const char *key, size_t length)
{
    char *copy = malloc(length + 1);

    if (copy == NULL)
        return NULL;
    if (length > 0)
        memcpy(copy, key, length);
    copy[length] = '\0';
    return copy;
}
