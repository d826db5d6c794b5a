#include "csv_convert.h"

#include "csv_writer.h"

enum csv_status csv_convert(const char *text, size_t length, const struct csv_dialect *from,
                            const struct csv_dialect *to, struct csv_buffer *out)
{
    struct csv_reader reader;
    struct csv_row row;
    enum csv_status status;

    csv_open(&reader, text, length, from);
    while ((status = csv_read(&reader, &row)) == CSV_OK) {
        status = csv_write_row(out, &row, to);
        if (status != CSV_OK)
            break;
    }
    csv_close(&reader);
    return status == CSV_END ? CSV_OK : status;
}
