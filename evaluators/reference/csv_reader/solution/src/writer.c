#include "csv_writer.h"

static bool is_special(char c, const struct csv_dialect *dialect)
{
    return c == dialect->delimiter || c == dialect->quote || c == '\n' || c == '\r';
}

static bool needs_quotes(const struct csv_field *field, const struct csv_dialect *dialect)
{
    char first, last;

    if (field->length == 0)
        return false;
    first = field->text[0];
    last = field->text[field->length - 1];
    if (first == ' ' || first == '\t' || last == ' ' || last == '\t')
        return true;
    if (dialect->comment && first == dialect->comment)
        return true;
    for (size_t i = 0; i < field->length; i++)
        if (is_special(field->text[i], dialect))
            return true;
    return false;
}

static void add_quoted(struct csv_buffer *out, const struct csv_field *field, char quote)
{
    csv_buffer_add(out, quote);
    for (size_t i = 0; i < field->length; i++) {
        if (field->text[i] == quote)
            csv_buffer_add(out, quote);
        csv_buffer_add(out, field->text[i]);
    }
    csv_buffer_add(out, quote);
}

enum csv_status csv_write_field(struct csv_buffer *out, const struct csv_field *field,
                                const struct csv_dialect *dialect)
{
    if (needs_quotes(field, dialect))
        add_quoted(out, field, dialect->quote);
    else
        csv_buffer_append(out, field->text, field->length);
    return out->failed ? CSV_NO_MEMORY : CSV_OK;
}

enum csv_status csv_write_row(struct csv_buffer *out, const struct csv_row *row, const struct csv_dialect *dialect)
{
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0)
            csv_buffer_add(out, dialect->delimiter);
        if (row->count == 1 && row->fields[i].length == 0)
            add_quoted(out, &row->fields[i], dialect->quote);
        else
            csv_write_field(out, &row->fields[i], dialect);
    }
    if (dialect->crlf)
        csv_buffer_add(out, '\r');
    csv_buffer_add(out, '\n');
    return out->failed ? CSV_NO_MEMORY : CSV_OK;
}
