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

/*
 * Sets all paragraphs of `text`, a C string, in `style`: each line ends with a newline, and one empty line stands
 * between two paragraphs. Writes to `out`, which has `size` bytes: what does not fit is cut, and a NUL is put behind
 * the rest; `out` may be NULL when `size` is 0. Returns the length in bytes of the whole result, without its NUL; 0
 * when the options of `style` are not valid or the text has no words.
 */
size_t page_format(char *out, size_t size, const char *text, const struct page_style *style);

#endif
