#include "edit.h"

#include <string.h>

enum strbuf_status edit_replace_all(struct strbuf *buffer, const char *old, const char *new, size_t *count)
{
    size_t old_length = strlen(old), new_length = strlen(new), from = 0;
    const char *hit;

    *count = 0;
    if (old_length == 0)
        return STRBUF_RANGE;
    while ((hit = strstr(strbuf_text(buffer) + from, old)) != NULL) {
        size_t at = (size_t)(hit - strbuf_text(buffer));
        enum strbuf_status status = strbuf_splice(buffer, at, old_length, new, new_length);

        if (status != STRBUF_OK)
            return status;
        from = at + new_length;
        (*count)++;
    }
    return STRBUF_OK;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

size_t edit_trim_right(struct strbuf *buffer)
{
    size_t length = strbuf_length(buffer), trimmed = 0;

    while (length > 0 && is_blank(buffer->text[length - 1])) {
        buffer->text[--length] = '\0';
        trimmed++;
    }
    return trimmed;
}

void edit_lower(struct strbuf *buffer)
{
    if (buffer->text == NULL)
        return;
    for (char *c = buffer->text; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
}
