#include "trace.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

/* Copies the next word into `word`; returns what is behind it, or NULL when there is none or it is too long. */
static const char *next_word(const char *text, char *word, size_t size)
{
    size_t length = 0;

    text = skip_blanks(text);
    while (text[length] && !isspace((unsigned char)text[length]))
        length++;
    if (length == 0 || length >= size)
        return NULL;
    memcpy(word, text, length);
    word[length] = '\0';
    return text + length;
}

static bool read_number(const char *text, int *number)
{
    char *end;
    long read;

    errno = 0;
    read = strtol(text, &end, 10);
    if (end == text || *end || errno || read < INT_MIN || read > INT_MAX)
        return false;
    *number = (int)read;
    return true;
}

bool trace_parse(const char *line, struct trace_step *step)
{
    char verb[8], number[16];

    line = skip_blanks(line);
    memset(step, 0, sizeof *step);
    if (*line == '\0' || *line == '#')
        return true;
    line = next_word(line, verb, sizeof verb);
    if (!line)
        return false;
    line = next_word(line, step->key, sizeof step->key);
    if (!line)
        return false;
    if (strcmp(verb, "put") == 0) {
        step->verb = TRACE_PUT;
        line = next_word(line, number, sizeof number);
        if (!line || !read_number(number, &step->value))
            return false;
    } else if (strcmp(verb, "get") == 0) {
        step->verb = TRACE_GET;
    } else if (strcmp(verb, "remove") == 0) {
        step->verb = TRACE_REMOVE;
    } else {
        return false;
    }
    return *skip_blanks(line) == '\0';
}
