#include "value.h"

#include <stdlib.h>

static bool begins_comment(char c)
{
    return c == ';' || c == '#';
}

bool is_comment(struct slice text)
{
    text = slice_trim(text);
    return text.length == 0 || begins_comment(text.start[0]);
}

/* Up to the comment, if there is one. */
static struct slice plain_part(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (begins_comment(text.start[i]) && (i == 0 || is_blank(text.start[i - 1])))
            return slice_trim(slice_between(text, 0, i));
    return text;
}

/* Where the string ends that the quote at 0 begins: the place of its closing quote, or the length if there is none. */
static size_t closing_quote(struct slice text)
{
    for (size_t i = 1; i < text.length; i++) {
        if (text.start[i] == '\\')
            i++;
        else if (text.start[i] == '"')
            return i;
    }
    return text.length;
}

/* What \c stands for; NUL if it stands for nothing. */
static char escaped(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case '\\':
    case '"':
        return c;
    default:
        return '\0';
    }
}

/* What stands between the quotes, without its backslashes. */
static enum ini_status unescape(struct slice text, char **value)
{
    char *copy = malloc(text.length + 1);
    size_t used = 0;

    if (copy == NULL)
        return INI_NO_MEMORY;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.start[i];

        if (c == '\\') {
            c = ++i < text.length ? escaped(text.start[i]) : '\0';
            if (c == '\0') {
                free(copy);
                return INI_BAD_ESCAPE;
            }
        }
        copy[used++] = c;
    }
    copy[used] = '\0';
    *value = copy;
    return INI_OK;
}

enum ini_status value_read(struct slice text, char **value)
{
    size_t end;

    text = slice_trim(text);
    if (text.length == 0 || text.start[0] != '"') {
        *value = slice_copy(plain_part(text));
        return *value != NULL ? INI_OK : INI_NO_MEMORY;
    }
    end = closing_quote(text);
    if (end == text.length)
        return INI_UNTERMINATED;
    if (!is_comment(slice_from(text, end + 1)))
        return INI_TRAILING;
    return unescape(slice_between(text, 1, end), value);
}
