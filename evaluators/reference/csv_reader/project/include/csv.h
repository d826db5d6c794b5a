#ifndef CSV_H
#define CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "csv_buffer.h"

/* What became of a call. */
enum csv_status {
    CSV_OK,
    CSV_END,       /* there are no more rows */
    CSV_BAD_QUOTE, /* a quoted field is not closed, or goes on behind its closing quote */
    CSV_NO_MEMORY
};

/* How a table is written down. */
struct csv_dialect {
    char delimiter; /* between fields */
    char quote;     /* around fields that hold special characters, which it doubles as */
    char comment;   /* a line that begins with it is no row; '\0' for none */
    bool trim;      /* blanks around fields do not count */
    bool crlf;      /* lines are ended by CRLF when they are written, else by LF */
};

/* The characters of a field, not terminated. */
struct csv_field {
    const char *text;
    size_t length;
};

/* The fields of a row. */
struct csv_row {
    const struct csv_field *fields;
    size_t count;
};

/* Where the reading of a table stands. Members are the reader's own. */
struct csv_reader {
    const char *at;
    const char *end;
    struct csv_dialect dialect;
    struct csv_buffer text; /* of the last row's fields, one behind the other */
    struct csv_field *fields;
    size_t count;
    size_t room;
};

/* Begins to read `length` characters, which have to stay where they are. */
void csv_open(struct csv_reader *reader, const char *text, size_t length, const struct csv_dialect *dialect);

/* Reads the next row. It is there until the next call. After a failure only `csv_close` makes sense. */
enum csv_status csv_read(struct csv_reader *reader, struct csv_row *row);

/* Frees what the reader holds. */
void csv_close(struct csv_reader *reader);

#endif
