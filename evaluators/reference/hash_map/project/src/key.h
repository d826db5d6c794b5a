#ifndef KEY_H
#define KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t key_hash(const char *key, size_t length);

/* Whether a key that the map holds is this one. */
bool key_equal(const char *held, const char *key, size_t length);

/* A copy with a NUL behind it, or NULL. */
char *key_copy(const char *key, size_t length);

#endif
