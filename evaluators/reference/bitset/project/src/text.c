#include "bitset_text.h"

#include <stdint.h>
#include <stdio.h>

/* Reads digits at *text and moves it behind them. Numbers too large for a size_t become SIZE_MAX. */
static int read_number(const char **text, size_t *number)
{
    const char *at = *text;

    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        size_t digit = (size_t)(*at - '0');

        *number = *number > (SIZE_MAX - digit) / 10 ? SIZE_MAX : *number * 10 + digit;
    }
    if (at == *text)
        return BITSET_SYNTAX;
    *text = at;
    return BITSET_OK;
}

/* Reads "7" or "4-9" at *text and moves it behind that. */
static int read_item(const char **text, size_t *first, size_t *last)
{
    if (read_number(text, first) != BITSET_OK)
        return BITSET_SYNTAX;
    *last = *first;
    if (**text != '-')
        return BITSET_OK;
    (*text)++;
    if (read_number(text, last) != BITSET_OK || *first > *last)
        return BITSET_SYNTAX;
    return BITSET_OK;
}

int bitset_parse(struct bitset *set, const char *text)
{
    size_t first, last;

    while (*text != '\0') {
        if (read_item(&text, &first, &last) != BITSET_OK || (*text != ',' && *text != '\0'))
            return BITSET_SYNTAX;
        if (last >= bitset_size(set))
            return BITSET_OUT_OF_RANGE;
        bitset_add_range(set, first, last + 1);
        if (*text == ',' && *++text == '\0')
            return BITSET_SYNTAX;
    }
    return BITSET_OK;
}

/* Writes one run of members behind the `used` characters that are there; how many it has, or would have, in all. */
static size_t write_run(char *text, size_t room, size_t used, size_t first, size_t end)
{
    const char *comma = used > 0 ? "," : "";
    int written;

    if (end - first == 1)
        written = snprintf(text + used, room - used, "%s%zu", comma, first);
    else
        written = snprintf(text + used, room - used, "%s%zu-%zu", comma, first, end - 1);
    return used + (size_t)written;
}

int bitset_format(const struct bitset *set, char *text, size_t room)
{
    size_t used = 0;
    size_t first = bitset_next(set, 0);

    if (room == 0)
        return BITSET_NO_ROOM;
    text[0] = '\0';
    while (first < bitset_size(set)) {
        size_t end = first + 1;

        while (bitset_has(set, end))
            end++;
        used = write_run(text, room, used, first, end);
        if (used >= room)
            return BITSET_NO_ROOM;
        first = bitset_next(set, end);
    }
    return BITSET_OK;
}
