#ifndef VALUE_H
#define VALUE_H

#include "ini.h"
#include "slice.h"

/* The value that stands behind a key's =, with its quotes and its comment taken off, to be freed by the caller.
   INI_NO_MEMORY, INI_BAD_ESCAPE, INI_UNTERMINATED, INI_TRAILING: then there is none. */
enum ini_status value_read(struct slice text, char **value);

/* Whether a text is nothing, or a comment. */
bool is_comment(struct slice text);

#endif
