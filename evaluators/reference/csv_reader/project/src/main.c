/* Writes the table on standard input with another delimiter. */
#include <stdio.h>
#include <string.h>

#include "csv_convert.h"

static struct csv_dialect with_delimiter(const char *name)
{
    struct csv_dialect dialect = {.delimiter = name[0], .quote = '"', .comment = '#', .trim = true, .crlf = false};

    if (strcmp(name, "tab") == 0)
        dialect.delimiter = '\t';
    return dialect;
}

static bool read_all(FILE *file, struct csv_buffer *text)
{
    char piece[4096];
    size_t count;

    while ((count = fread(piece, 1, sizeof piece, file)) > 0)
        csv_buffer_append(text, piece, count);
    return !text->failed && !ferror(file);
}

int main(int argc, char **argv)
{
    struct csv_buffer text = {0}, out = {0};
    struct csv_dialect from, to;
    enum csv_status status;

    if (argc != 3) {
        fprintf(stderr, "usage: csvconvert FROM TO (each a character, or the word tab)\n");
        return 2;
    }
    from = with_delimiter(argv[1]);
    to = with_delimiter(argv[2]);
    if (!read_all(stdin, &text)) {
        fprintf(stderr, "the input cannot be read\n");
        return 1;
    }
    status = csv_convert(text.data, text.length, &from, &to, &out);
    fwrite(out.data, 1, out.length, stdout);
    if (status != CSV_OK)
        fprintf(stderr, "%s\n", status == CSV_BAD_QUOTE ? "a quote is not closed as it should be" : "no memory");
    csv_buffer_free(&text);
    csv_buffer_free(&out);
    return status == CSV_OK ? 0 : 1;
}
