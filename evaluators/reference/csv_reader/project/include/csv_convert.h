#ifndef CSV_CONVERT_H
#define CSV_CONVERT_H

#include "csv.h"

/*
 * Reads a table in one dialect and adds it to `out` in another one. When it fails, the rows before the one that is
 * wrong have been added.
 */
enum csv_status csv_convert(const char *text, size_t length, const struct csv_dialect *from,
                            const struct csv_dialect *to, struct csv_buffer *out);

#endif
