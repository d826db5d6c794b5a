#include <string.h>

#include "csv_convert.h"
#include "csv_writer.h"

#define FIELDS 40
#define ROOM 2000

static const struct csv_dialect dialects[] = {
    {',', '"', '\0', false, false},
    {';', '\'', '#', true, true},
    {'\t', '"', '#', false, false},
    {',', '\'', '\0', true, true},
};

/* The row that a piece of text stands for: '|' between fields; a dash alone for no fields at all. */
static size_t split(const char *text, size_t length, struct csv_field *fields)
{
    size_t count = 0, start = 0;

    if (length == 1 && text[0] == '-')
        return 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && text[i] != '|')
            continue;
        if (count < FIELDS) {
            fields[count].text = text + start;
            fields[count++].length = i - start;
        }
        start = i + 1;
    }
    return count;
}

/* Writes each line of the text, ended by '/', as a row, and its fields once more by themselves. */
static int write_rows(const char *text, const struct csv_dialect *dialect, struct csv_buffer *rows,
                      struct csv_buffer *alone)
{
    size_t start = 0, length = strlen(text);
    int status = 0;

    for (size_t i = 0; i <= length; i++) {
        struct csv_field fields[FIELDS];
        struct csv_row row = {fields, 0};

        if (i < length && text[i] != '/')
            continue;
        row.count = split(text + start, i - start, fields);
        status += (int)csv_write_row(rows, &row, dialect);
        for (size_t k = 0; k < row.count; k++) {
            status += (int)csv_write_field(alone, &fields[k], dialect);
            csv_buffer_add(alone, '.');
        }
        start = i + 1;
    }
    return status;
}

static void show(const struct csv_buffer *buffer, char *out)
{
    size_t length = buffer->length < ROOM - 1 ? buffer->length : ROOM - 1;

    if (length > 0)
        memcpy(out, buffer->data, length);
    out[length] = '\0';
}

// probe
int probe_writer(const char *text, int first, int second, char *rows, char *alone, char *converted, char *raw)
{
    struct csv_buffer buffers[4] = {{0}};
    int status = write_rows(text, &dialects[first], &buffers[0], &buffers[1]);

    status = 10 * status
             + (int)csv_convert(buffers[0].data, buffers[0].length, &dialects[first], &dialects[second], &buffers[2]);
    status = 10 * status + (int)csv_convert(text, strlen(text), &dialects[first], &dialects[second], &buffers[3]);
    show(&buffers[0], rows);
    show(&buffers[1], alone);
    show(&buffers[2], converted);
    show(&buffers[3], raw);
    for (int i = 0; i < 4; i++)
        csv_buffer_free(&buffers[i]);
    return status;
}
