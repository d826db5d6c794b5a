#include "edit.h"

#include <string.h>

enum strbuf_status edit_replace_all(struct strbuf *buffer, const char *old, const char *new, size_t *count)
{
    const char *from = strbuf_text(buffer), *hit;
    enum strbuf_status status = STRBUF_OK;
    size_t old_length = strlen(old);
    struct strbuf replaced;

    *count = 0;
    if (old_length == 0)
        return STRBUF_RANGE;
    strbuf_init(&replaced);
    while (status == STRBUF_OK && (hit = strstr(from, old)) != NULL) {
        status = strbuf_splice(&replaced, strbuf_length(&replaced), 0, from, (size_t)(hit - from));
        if (status == STRBUF_OK)
            status = strbuf_append(&replaced, new);
        from = hit + old_length;
        (*count)++;
    }
    if (status == STRBUF_OK)
        status = strbuf_append(&replaced, from);
    if (status != STRBUF_OK) {
        strbuf_free(&replaced);
        return status;
    }
    strbuf_free(buffer);
    *buffer = replaced;
    return STRBUF_OK;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

size_t edit_trim_right(struct strbuf *buffer)
{
    size_t length = strbuf_length(buffer), kept = length;

    while (kept > 0 && is_blank(buffer->text[kept - 1]))
        kept--;
    strbuf_truncate(buffer, kept);
    return length - kept;
}

void edit_lower(struct strbuf *buffer)
{
    if (buffer->text == NULL)
        return;
    for (char *c = buffer->text; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
}
