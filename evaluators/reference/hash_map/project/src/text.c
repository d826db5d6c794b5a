#include "map_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map_cursor.h"

/* Text that is counted whole and kept as far as there is room. */
struct output {
    char *text;
    size_t size;
    size_t length;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->text[out->length] = c;
    out->length++;
}

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '=' && c != '\\';
}

static void put_key(struct output *out, const struct map_item *item)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < item->length; i++) {
        unsigned char byte = (unsigned char)item->key[i];

        if (is_plain(item->key[i])) {
            put(out, item->key[i]);
        } else {
            put(out, '\\');
            put(out, digits[byte / 16]);
            put(out, digits[byte % 16]);
        }
    }
}

size_t map_write(const struct map *map, char *out, size_t size)
{
    struct output output = {out, size, 0};
    struct map_cursor cursor = map_begin(map);
    struct map_item item;

    while (map_next(&cursor, &item)) {
        char number[16];

        put_key(&output, &item);
        snprintf(number, sizeof number, "=%d\n", item.value);
        for (const char *c = number; *c != '\0'; c++)
            put(&output, *c);
    }
    if (size > 0)
        out[output.length < size ? output.length : size - 1] = '\0';
    return output.length;
}

/* The value of a hexadecimal digit, or -1. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads a key up to its =, and leaves *text behind that. Returns the key's length, or -1. */
static long read_key(const char **text, char *key)
{
    long length = 0;

    for (; **text != '='; length++) {
        int byte = (unsigned char)*(*text)++;

        if (byte == '\0' || byte == '\n')
            return -1;
        if (byte == '\\') {
            int high = digit_value((*text)[0]), low = high < 0 ? -1 : digit_value((*text)[1]);

            if (low < 0)
                return -1;
            byte = 16 * high + low;
            *text += 2;
        }
        key[length] = (char)byte;
    }
    ++*text;
    return length;
}

/* Reads a number up to the end of its line, and leaves *text there. */
static bool read_value(const char **text, int *value)
{
    char *end;
    long number = strtol(*text, &end, 10);

    if (end == *text || (*end != '\n' && *end != '\0') || number < INT_MIN || number > INT_MAX)
        return false;
    *text = end;
    *value = (int)number;
    return true;
}

int map_read(struct map *map, const char *text)
{
    char *key = malloc(strlen(text) + 1);
    int line = 0;

    if (key == NULL)
        return -1;
    while (*text != '\0') {
        long length = read_key(&text, key);
        int value;

        line++;
        if (length < 0 || !read_value(&text, &value))
            break;
        if (map_put(map, key, (size_t)length, value) == MAP_NO_MEMORY) {
            line = -1;
            break;
        }
        if (*text == '\n')
            text++;
        if (*text == '\0')
            line = 0;
    }
    free(key);
    return line;
}
