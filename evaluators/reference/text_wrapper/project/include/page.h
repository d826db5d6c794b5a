#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>

#include "justify.h"
#include "wrap.h"

/* How a whole text is set: how its paragraphs are cut into lines, and how each line is placed. */
struct page_style {
    struct wrap_options wrap;
    enum justify_mode mode;
};

/*
 * Finds the next paragraph at *text: the lines up to a blank one or to the end. *text moves behind it and `bytes`
 * becomes its length. Returns where the paragraph starts, or NULL when only blank lines are left.
 */
const char *page_paragraph(const char **text, size_t *bytes);

size_t page_format(char *out, size_t size, const char *text, const struct page_style *style);

#endif
