#include "csv_convert.h"

enum csv_status csv_convert(const char *text, size_t length, const struct csv_dialect *from,
                            const struct csv_dialect *to, struct csv_buffer *out)
{
    struct csv_reader reader;
    struct csv_row row;
    enum csv_status status;

    csv_open(&reader, text, length, from);
    while ((status = csv_read(&reader, &row)) == CSV_OK) {
        for (size_t i = 0; i < row.count; i++) {
            if (i > 0)
                csv_buffer_add(out, to->delimiter);
            csv_buffer_append(out, row.fields[i].text, row.fields[i].length);
        }
        if (to->crlf)
            csv_buffer_add(out, '\r');
        csv_buffer_add(out, '\n');
        if (out->failed) {
            status = CSV_NO_MEMORY;
            break;
        }
    }
    csv_close(&reader);
    return status == CSV_END ? CSV_OK : status;
}
