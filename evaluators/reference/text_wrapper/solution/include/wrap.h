#ifndef WRAP_H
#define WRAP_H

#include <stddef.h>

/*
 * How a paragraph is cut into lines, in columns. Every line has at most `width`, its indent included: `first_indent`
 * for the first line, `indent` for all others. A word that is wider than a whole line is cut where the line ends if
 * break_words is not 0; otherwise it stands on a line of its own and sticks out.
 */
struct wrap_options {
    int width;
    int first_indent;
    int indent;
    int break_words;
};

/* Where a walk through a paragraph has come to: the text from `at` to `end` is still to be cut into lines. */
struct wrap_cursor {
    const char *at;
    const char *end;
    int lines; /* handed out so far */
};

/* A line of a paragraph: a piece of its text, from the first word of the line to its last one. */
struct wrap_line {
    const char *start;
    size_t bytes;
    int indent; /* columns that stay empty before it */
    int last;   /* 1 when the paragraph ends with it, 0 otherwise */
};

/* Checks that the options make sense: a width from 1 on, both indents from 0 to width - 1. Returns 1 or 0. */
int wrap_options_valid(const struct wrap_options *options);

/* Sets `cursor` to the start of a paragraph: `bytes` bytes of `text`, which has to live as long as the walk does. */
void wrap_begin(struct wrap_cursor *cursor, const char *text, size_t bytes);

/*
 * Takes the next line of the paragraph that `cursor` walks through: as many words as `options`, which have to be valid,
 * allow. Fills `line`, whose start points into the paragraph's own text, and moves the cursor behind it. Returns 1, or
 * 0 when no word is left; `line` is then as it was.
 */
int wrap_next(struct wrap_cursor *cursor, const struct wrap_options *options, struct wrap_line *line);

/* Returns how many lines the paragraph of `bytes` bytes at `text` has with these `options`; 0 for one without words. */
int wrap_count(const char *text, size_t bytes, const struct wrap_options *options);

#endif
