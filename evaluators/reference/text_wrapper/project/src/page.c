#include "page.h"

#include <string.h>

#include "measure.h"

/* Where the line at `at` ends: at its newline, or at the text's NUL. */
static const char *end_of_line(const char *at)
{
    return at + strcspn(at, "\n");
}

static int is_blank_line(const char *at)
{
    const char *end = end_of_line(at);

    while (at < end && measure_is_space(*at))
        at++;
    return at == end;
}

static const char *next_line(const char *at)
{
    at = end_of_line(at);
    return *at == '\n' ? at + 1 : at;
}

const char *page_paragraph(const char **text, size_t *bytes)
{
    const char *start = *text;

    while (*start != '\0' && is_blank_line(start))
        start = next_line(start);
    *text = start;
    while (**text != '\0' && !is_blank_line(*text))
        *text = next_line(*text);
    *bytes = (size_t)(*text - start);
    return *bytes > 0 ? start : NULL;
}

/* What is left of a buffer of so many bytes behind `length` of them. */
static size_t rest(size_t size, size_t length)
{
    return length < size ? size - length : 0;
}

static size_t add_newline(char *out, size_t size, size_t length)
{
    if (rest(size, length) > 1) {
        out[length] = '\n';
        out[length + 1] = '\0';
    }
    return length + 1;
}

/* Writes the lines of a paragraph behind `length` bytes of `out`. Returns the length afterwards. */
static size_t add_paragraph(char *out, size_t size, size_t length, const char *text, size_t bytes,
                            const struct page_style *style)
{
    struct wrap_cursor cursor;
    struct wrap_line line;

    wrap_begin(&cursor, text, bytes);
    while (wrap_next(&cursor, &style->wrap, &line)) {
        char *end = rest(size, length) > 0 ? out + length : NULL;

        length += justify_line(end, rest(size, length), &line, style->wrap.width, style->mode);
        length = add_newline(out, size, length);
    }
    return length;
}

size_t page_format(char *out, size_t size, const char *text, const struct page_style *style)
{
    const char *paragraph;
    size_t bytes, length = 0;

    if (size > 0)
        out[0] = '\0';
    if (!wrap_options_valid(&style->wrap))
        return 0;
    while ((paragraph = page_paragraph(&text, &bytes)) != NULL) {
        if (length > 0)
            length = add_newline(out, size, length);
        length = add_paragraph(out, size, length, paragraph, bytes, style);
    }
    return length;
}
