#include <string.h>

#include "check.h"
#include "csv.h"

static const struct csv_dialect strict = {.delimiter = ',', .quote = '"'};
static const struct csv_dialect loose = {.delimiter = ';', .quote = '\'', .comment = '#', .trim = true};

/* All rows of a table: fields in brackets, rows ended by a slash. */
static const char *shown(const char *text, const struct csv_dialect *dialect)
{
    static char out[512];
    struct csv_reader reader;
    struct csv_row row;
    enum csv_status status;
    size_t used = 0;

    csv_open(&reader, text, strlen(text), dialect);
    while ((status = csv_read(&reader, &row)) == CSV_OK) {
        for (size_t i = 0; i < row.count; i++)
            used += (size_t)snprintf(out + used, sizeof out - used, "[%.*s]", (int)row.fields[i].length,
                                     row.fields[i].text);
        used += (size_t)snprintf(out + used, sizeof out - used, "/");
    }
    snprintf(out + used, sizeof out - used, "%s", status == CSV_END ? "" : "bad quote");
    csv_close(&reader);
    return out;
}

int main(void)
{
    CHECK(strcmp(shown("", &strict), "") == 0);
    CHECK(strcmp(shown("a,b\nc", &strict), "[a][b]/[c]/") == 0);
    CHECK(strcmp(shown("a,b\r\nc,d\re\n", &strict), "[a][b]/[c][d]/[e]/") == 0);
    CHECK(strcmp(shown(",\n,a,\n", &strict), "[][]/[][a][]/") == 0);
    CHECK(strcmp(shown("\n\r\na\n\n", &strict), "[a]/") == 0);
    CHECK(strcmp(shown("\"a,b\",\"c\"\"d\"\n\"\"\n\"e\nf\"", &strict), "[a,b][c\"d]/[]/[e\nf]/") == 0);
    CHECK(strcmp(shown("a\"b\",c", &strict), "[a\"b\"][c]/") == 0);
    CHECK(strcmp(shown(" a , b ", &strict), "[ a ][ b ]/") == 0);
    CHECK(strcmp(shown("a\n\"b", &strict), "[a]/bad quote") == 0);
    CHECK(strcmp(shown("\"b\"c", &strict), "bad quote") == 0);

    CHECK(strcmp(shown(" a ;\tb c\t; ' d ' \n", &loose), "[a][b c][ d ]/") == 0);
    CHECK(strcmp(shown("# a\n  \nb;#c\n #d", &loose), "[b][#c]/[#d]/") == 0);
    puts("test_reader: passed");
    return 0;
}
