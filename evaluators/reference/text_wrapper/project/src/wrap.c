#include "wrap.h"

#include "measure.h"

int wrap_options_valid(const struct wrap_options *options)
{
    return options->width >= 1 && options->first_indent >= 0 && options->first_indent < options->width &&
           options->indent >= 0 && options->indent < options->width;
}

void wrap_begin(struct wrap_cursor *cursor, const char *text, size_t bytes)
{
    cursor->at = text;
    cursor->end = text + bytes;
    cursor->lines = 0;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && measure_is_space(*at))
        at++;
    return at;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && !measure_is_space(*at))
        at++;
    return at;
}

/* Where a line that starts with this word ends when the word alone is too wide for it. */
static const char *cut_word(const char *start, const char *end, int room, const struct wrap_options *options)
{
    const char *word_end = skip_word(start, end);

    if (!options->break_words)
        return word_end;
    return start + measure_fit(start, (size_t)(word_end - start), room);
}

int wrap_next(struct wrap_cursor *cursor, const struct wrap_options *options, struct wrap_line *line)
{
    int indent = cursor->lines == 0 ? options->first_indent : options->indent;
    int room = options->width - indent, used = 0;
    const char *start = skip_space(cursor->at, cursor->end);
    const char *line_end = start, *word = start;

    if (start == cursor->end) {
        cursor->at = start;
        return 0;
    }
    while (word < cursor->end) {
        const char *word_end = skip_word(word, cursor->end);
        int width = measure_width(word, (size_t)(word_end - word)) + (used > 0);

        if (used + width > room)
            break;
        used += width;
        line_end = word_end;
        word = skip_space(word_end, cursor->end);
    }
    if (line_end == start) {
        line_end = cut_word(start, cursor->end, room, options);
        word = skip_space(line_end, cursor->end);
    }
    line->start = start;
    line->bytes = (size_t)(line_end - start);
    line->indent = indent;
    line->last = word == cursor->end;
    cursor->at = word;
    cursor->lines++;
    return 1;
}

int wrap_count(const char *text, size_t bytes, const struct wrap_options *options)
{
    struct wrap_cursor cursor;
    struct wrap_line line;

    wrap_begin(&cursor, text, bytes);
    while (wrap_next(&cursor, options, &line))
        continue;
    return cursor.lines;
}
