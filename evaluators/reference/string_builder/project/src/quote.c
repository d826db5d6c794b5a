#include "quote.h"

/* The letter behind the backslash, or NUL when the character stands for itself. */
static char escape_of(char c)
{
    switch (c) {
    case '\n':
        return 'n';
    case '\t':
        return 't';
    case '"':
    case '\\':
        return c;
    default:
        return '\0';
    }
}

enum strbuf_status quote_append(struct strbuf *out, const char *text)
{
    enum strbuf_status status = strbuf_append_char(out, '"');

    for (; *text != '\0' && status == STRBUF_OK; text++) {
        char escape = escape_of(*text);

        if (escape != '\0')
            status = strbuf_append_char(out, '\\');
        if (status == STRBUF_OK)
            status = strbuf_append_char(out, escape != '\0' ? escape : *text);
    }
    return status == STRBUF_OK ? strbuf_append_char(out, '"') : status;
}
