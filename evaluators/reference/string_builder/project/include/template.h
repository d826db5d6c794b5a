#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stddef.h>

#include "strbuf.h"

struct template_field {
    const char *name;
    const char *value;
};

/*
 * Appends the pattern, each {name} replaced by the field's value, and {{ by one brace. A name that no field has stays
 * as it is, braces and all, and so does a brace that is not closed; *unknown becomes the number of such names.
 */
enum strbuf_status template_fill(struct strbuf *out, const char *pattern, const struct template_field *fields,
                                 size_t n, size_t *unknown);

#endif
