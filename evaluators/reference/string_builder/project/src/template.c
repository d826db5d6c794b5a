#include "template.h"

#include <string.h>

/* The value of the field with this name of so many characters, or NULL. */
static const char *value_of(const char *name, size_t length, const struct template_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(fields[i].name) == length && memcmp(fields[i].name, name, length) == 0)
            return fields[i].value;
    return NULL;
}

enum strbuf_status template_fill(struct strbuf *out, const char *pattern, const struct template_field *fields,
                                 size_t n, size_t *unknown)
{
    enum strbuf_status status = STRBUF_OK;

    *unknown = 0;
    while (*pattern != '\0' && status == STRBUF_OK) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;
        const char *value = NULL;

        if (strncmp(pattern, "{{", 2) == 0) {
            status = strbuf_append_char(out, '{');
            pattern += 2;
            continue;
        }
        if (end != NULL) {
            value = value_of(pattern + 1, (size_t)(end - pattern - 1), fields, n);
            *unknown += value == NULL;
        }
        if (value != NULL) {
            status = strbuf_append(out, value);
            pattern = end + 1;
        } else {
            status = strbuf_append_char(out, *pattern++);
        }
    }
    return status;
}
