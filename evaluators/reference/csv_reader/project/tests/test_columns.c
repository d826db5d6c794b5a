#include <limits.h>
#include <string.h>

#include "check.h"
#include "csv_columns.h"

int main(void)
{
    static const char text[] = "Name,Count,-\napple,-12,\npear,9223372036854775807,9223372036854775808\nplum,1x,-\n";
    static const struct csv_dialect dialect = {.delimiter = ',', .quote = '"'};
    struct csv_reader reader;
    struct csv_row row;
    long number = 5;

    csv_open(&reader, text, strlen(text), &dialect);
    CHECK(csv_read(&reader, &row) == CSV_OK);
    CHECK(csv_column(&row, "name") == 0 && csv_column(&row, "COUNT") == 1 && csv_column(&row, "nam") == -1);
    CHECK(csv_read(&reader, &row) == CSV_OK);
    CHECK(csv_number(&row, 1, &number) && number == -12);
    CHECK(!csv_number(&row, 0, &number) && !csv_number(&row, 2, &number));
    CHECK(!csv_number(&row, 3, &number) && !csv_number(&row, -1, &number) && number == -12);
    CHECK(csv_read(&reader, &row) == CSV_OK);
    CHECK(sizeof(long) < 8 || (csv_number(&row, 1, &number) && number == LONG_MAX));
    CHECK(!csv_number(&row, 2, &number));
    CHECK(csv_read(&reader, &row) == CSV_OK);
    CHECK(!csv_number(&row, 1, &number) && !csv_number(&row, 2, &number));
    csv_close(&reader);
    puts("test_columns: passed");
    return 0;
}
