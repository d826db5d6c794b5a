#ifndef CSV_WRITER_H
#define CSV_WRITER_H

#include "csv.h"

/*
 * Adds a field to `out`, so that a reader of the same dialect finds it again: in quotes when it has to be, else as it
 * is. Returns CSV_OK or CSV_NO_MEMORY.
 */
enum csv_status csv_write_field(struct csv_buffer *out, const struct csv_field *field,
                                const struct csv_dialect *dialect);

/*
 * Adds a row and the dialect's line end. A row of one empty field is written as two quotes, since an empty line is no
 * row. Returns CSV_OK or CSV_NO_MEMORY.
 */
enum csv_status csv_write_row(struct csv_buffer *out, const struct csv_row *row, const struct csv_dialect *dialect);

#endif
