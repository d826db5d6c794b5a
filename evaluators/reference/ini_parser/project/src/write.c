#include "ini.h"

#include <string.h>

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

static void put_string(struct output *out, const char *string)
{
    for (; *string != '\0'; string++)
        put(out, *string);
}

static bool is_margin(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Whether a value would be read as another one if it stood there as it is. */
static bool needs_quotes(const char *value)
{
    size_t length = strlen(value);

    return length > 0 && (is_margin(value[0]) || is_margin(value[length - 1]) || strpbrk(value, "\";#\n") != NULL);
}

static void put_quoted(struct output *out, const char *value)
{
    put(out, '"');
    for (; *value != '\0'; value++) {
        if (strchr("\\\"\n\t", *value) != NULL)
            put(out, '\\');
        put(out, *value == '\n' ? 'n' : *value == '\t' ? 't' : *value);
    }
    put(out, '"');
}

static void put_entry(struct output *out, const char *key, const char *value)
{
    put_string(out, key);
    put_string(out, " = ");
    if (needs_quotes(value))
        put_quoted(out, value);
    else
        put_string(out, value);
    put(out, '\n');
}

static void put_section(struct output *out, const struct ini *document, size_t section)
{
    const char *name = ini_section_name(document, section);

    if (out->length > 0)
        put(out, '\n');
    if (name[0] != '\0') {
        put(out, '[');
        put_string(out, name);
        put_string(out, "]\n");
    }
    for (size_t i = 0; i < ini_entry_count(document, section); i++)
        put_entry(out, ini_entry_key(document, section, i), ini_entry_value(document, section, i));
}

size_t ini_write(const struct ini *document, char *out, size_t size)
{
    struct output output = {out, size, 0};

    for (size_t i = 0; i < ini_section_count(document); i++)
        put_section(&output, document, i);
    if (size > 0)
        out[output.length < size ? output.length : size - 1] = '\0';
    return output.length;
}
