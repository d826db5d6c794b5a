#ifndef EDIT_H
#define EDIT_H

#include <stddef.h>

#include "strbuf.h"

/*
 * Replaces each occurrence of `old`, from left to right; what was put in is not searched again. *count becomes the
 * number of replacements. Returns STRBUF_OK, STRBUF_RANGE when `old` is empty (nothing is replaced), or
 * STRBUF_NO_MEMORY: some occurrences may be replaced by then. Neither text is the buffer's own.
 */
enum strbuf_status edit_replace_all(struct strbuf *buffer, const char *old, const char *new, size_t *count);

/* Removes blanks, tabs and newlines from the end. Returns how many. */
size_t edit_trim_right(struct strbuf *buffer);

/* Makes capital letters of ASCII small. */
void edit_lower(struct strbuf *buffer);

#endif
