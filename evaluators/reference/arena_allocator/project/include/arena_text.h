#ifndef ARENA_TEXT_H
#define ARENA_TEXT_H

#include <stddef.h>

#include "arena.h"

/* Strings in an arena. All give NULL without memory. */

char *arena_copy(struct arena *arena, const char *text);

/* At most length characters of the text. */
char *arena_copy_part(struct arena *arena, const char *text, size_t length);

/* The texts one after another, with the separator between them; "" for none. */
char *arena_join(struct arena *arena, const char *const *texts, size_t count, const char *separator);

/* As printf() writes it; NULL also for a format that cannot be written. */
__attribute__((format(printf, 2, 3))) char *arena_format(struct arena *arena, const char *format, ...);

#endif
