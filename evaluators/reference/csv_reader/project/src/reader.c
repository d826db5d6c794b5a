#include "csv.h"

#include <stdlib.h>
#include <string.h>

static bool at_line_end(const struct csv_reader *reader)
{
    return reader->at == reader->end || *reader->at == '\n' || *reader->at == '\r';
}

static bool at_field_end(const struct csv_reader *reader)
{
    return at_line_end(reader) || *reader->at == reader->dialect.delimiter;
}

/* A tab that separates fields is no blank. */
static bool is_blank(const struct csv_reader *reader, char c)
{
    return (c == ' ' || c == '\t') && c != reader->dialect.delimiter;
}

static void skip_blanks(struct csv_reader *reader)
{
    while (reader->dialect.trim && reader->at < reader->end && is_blank(reader, *reader->at))
        reader->at++;
}

/* Goes behind LF, CRLF or CR, if one of them is there. */
static void take_line_end(struct csv_reader *reader)
{
    if (reader->at < reader->end && *reader->at == '\r')
        reader->at++;
    else if (reader->at < reader->end && *reader->at == '\n')
        reader->at++;
    else
        return;
    if (reader->at < reader->end && reader->at[-1] == '\r' && *reader->at == '\n')
        reader->at++;
}

/* Goes to the first line that is a row. */
static void skip_other_lines(struct csv_reader *reader)
{
    while (reader->at < reader->end) {
        const char *start = reader->at;

        if (reader->dialect.comment && *reader->at == reader->dialect.comment) {
            while (!at_line_end(reader))
                reader->at++;
        } else {
            skip_blanks(reader);
            if (!at_line_end(reader)) {
                reader->at = start;
                return;
            }
        }
        take_line_end(reader);
    }
}

/* The field's characters are those of the buffer from `start` on. */
static enum csv_status keep_field(struct csv_reader *reader, size_t start)
{
    if (reader->text.failed)
        return CSV_NO_MEMORY;
    if (reader->count == reader->room) {
        size_t room = reader->room ? 2 * reader->room : 8;
        struct csv_field *fields = realloc(reader->fields, room * sizeof *fields);

        if (!fields)
            return CSV_NO_MEMORY;
        reader->fields = fields;
        reader->room = room;
    }
    reader->fields[reader->count++].length = reader->text.length - start;
    return CSV_OK;
}

/* Reads a field behind its opening quote. */
static enum csv_status read_quoted(struct csv_reader *reader)
{
    char quote = reader->dialect.quote;
    size_t start = reader->text.length;

    for (;;) {
        if (reader->at == reader->end)
            return CSV_BAD_QUOTE;
        if (*reader->at == quote) {
            reader->at++;
            if (reader->at == reader->end || *reader->at != quote)
                break;
        }
        csv_buffer_add(&reader->text, *reader->at++);
    }
    skip_blanks(reader);
    return at_field_end(reader) ? keep_field(reader, start) : CSV_BAD_QUOTE;
}

static enum csv_status read_plain(struct csv_reader *reader)
{
    const char *first = reader->at, *last;
    size_t start = reader->text.length;

    while (!at_field_end(reader))
        reader->at++;
    last = reader->at;
    while (reader->dialect.trim && last > first && is_blank(reader, last[-1]))
        last--;
    csv_buffer_append(&reader->text, first, (size_t)(last - first));
    return keep_field(reader, start);
}

static enum csv_status read_field(struct csv_reader *reader)
{
    skip_blanks(reader);
    if (reader->at < reader->end && *reader->at == reader->dialect.quote) {
        reader->at++;
        return read_quoted(reader);
    }
    return read_plain(reader);
}

/* The buffer does not move any more: fields may point into it. */
static void place_fields(struct csv_reader *reader)
{
    const char *text = reader->text.data ? reader->text.data : "";

    for (size_t i = 0; i < reader->count; i++) {
        reader->fields[i].text = text;
        text += reader->fields[i].length;
    }
}

void csv_open(struct csv_reader *reader, const char *text, size_t length, const struct csv_dialect *dialect)
{
    memset(reader, 0, sizeof *reader);
    reader->at = text;
    reader->end = text + length;
    reader->dialect = *dialect;
}

enum csv_status csv_read(struct csv_reader *reader, struct csv_row *row)
{
    skip_other_lines(reader);
    if (reader->at == reader->end)
        return CSV_END;
    csv_buffer_clear(&reader->text);
    reader->count = 0;
    for (;;) {
        enum csv_status status = read_field(reader);

        if (status != CSV_OK)
            return status;
        if (at_line_end(reader))
            break;
        reader->at++;
    }
    take_line_end(reader);
    place_fields(reader);
    row->fields = reader->fields;
    row->count = reader->count;
    return CSV_OK;
}

void csv_close(struct csv_reader *reader)
{
    csv_buffer_free(&reader->text);
    free(reader->fields);
    reader->fields = NULL;
    reader->count = 0;
    reader->room = 0;
}
