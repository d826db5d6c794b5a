#include "csv_columns.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

static bool same_name(const struct csv_field *field, const char *name)
{
    if (field->length != strlen(name))
        return false;
    for (size_t i = 0; i < field->length; i++)
        if (tolower((unsigned char)field->text[i]) != tolower((unsigned char)name[i]))
            return false;
    return true;
}

int csv_column(const struct csv_row *header, const char *name)
{
    for (size_t i = 0; i < header->count; i++)
        if (same_name(&header->fields[i], name))
            return (int)i;
    return -1;
}

/* Reads digits, all of them; counts downward, as there is one more negative number. */
static bool read_digits(const char *text, size_t length, long *negative)
{
    long value = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        int digit = text[i] - '0';

        if (digit < 0 || digit > 9 || value < (LONG_MIN + digit) / 10)
            return false;
        value = 10 * value - digit;
    }
    *negative = value;
    return true;
}

bool csv_number(const struct csv_row *row, int column, long *number)
{
    const struct csv_field *field;
    bool minus;
    long value;

    if (column < 0 || (size_t)column >= row->count)
        return false;
    field = &row->fields[column];
    minus = field->length > 0 && field->text[0] == '-';
    if (!read_digits(field->text + minus, field->length - minus, &value))
        return false;
    if (!minus && value < -LONG_MAX)
        return false;
    *number = minus ? value : -value;
    return true;
}
