#ifndef MAP_TEXT_H
#define MAP_TEXT_H

#include "map.h"

/* A map as text: a line `key=value` for each entry, in their order. In a key, `=`, `\` and all bytes that cannot be
   printed stand as a `\` and two hexadecimal digits. */

/* Writes at most size bytes, a NUL among them. Returns the length of the whole text. */
size_t map_write(const struct map *map, char *out, size_t size);

/* Puts what a text says into a map. Returns the number of the first line that is wrong, from 1, or 0 when none is; -1
   without memory. */
int map_read(struct map *map, const char *text);

#endif
