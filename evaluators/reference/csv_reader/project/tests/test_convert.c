#include <string.h>

#include "check.h"
#include "csv_convert.h"

static const struct csv_dialect comma = {.delimiter = ',', .quote = '"', .comment = '#', .trim = true};
static const struct csv_dialect tab = {.delimiter = '\t', .quote = '"', .crlf = true};

static int converts(const char *text, const char *expected, enum csv_status status)
{
    struct csv_buffer out = {0};
    int same;

    same = csv_convert(text, strlen(text), &comma, &tab, &out) == status && out.length == strlen(expected)
           && memcmp(out.data ? out.data : "", expected, out.length) == 0;
    csv_buffer_free(&out);
    return same;
}

int main(void)
{
    CHECK(converts("", "", CSV_OK));
    CHECK(converts("a,b\nc,d\n", "a\tb\r\nc\td\r\n", CSV_OK));
    CHECK(converts("# note\n a , b\n\n\"c, d\",\n", "a\tb\r\nc, d\t\r\n", CSV_OK));
    CHECK(converts("a\n\"b\n", "a\r\n", CSV_BAD_QUOTE));
    puts("test_convert: passed");
    return 0;
}
