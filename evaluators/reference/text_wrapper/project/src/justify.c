#include "justify.h"

#include <string.h>

#include "measure.h"

/* A buffer that is written as snprintf does: what does not fit only counts. */
struct sink {
    char *out;
    size_t size;
    size_t length;
};

static void put(struct sink *sink, char c)
{
    if (sink->length + 1 < sink->size)
        sink->out[sink->length] = c;
    sink->length++;
}

static void put_blanks(struct sink *sink, int n)
{
    for (int i = 0; i < n; i++)
        put(sink, ' ');
}

int justify_mode_named(const char *name, enum justify_mode *mode)
{
    static const char *const names[] = {"left", "right", "center", "full"};

    for (int i = 0; i < 4; i++) {
        if (name[0] != '\0' && strncmp(names[i], name, strlen(name)) == 0) {
            *mode = (enum justify_mode)i;
            return 1;
        }
    }
    return 0;
}

/* Whether a gap begins at this byte of the line. */
static int gap_at(const struct wrap_line *line, size_t i)
{
    return measure_is_space(line->start[i]) && i > 0 && !measure_is_space(line->start[i - 1]);
}

int justify_gaps(const struct wrap_line *line)
{
    int gaps = 0;

    for (size_t i = 0; i < line->bytes; i++)
        gaps += gap_at(line, i);
    return gaps;
}

/* Columns of the line's words with one blank in each gap. */
static int natural_width(const struct wrap_line *line)
{
    int columns = justify_gaps(line);

    for (size_t i = 0; i < line->bytes; i++)
        if (!measure_is_space(line->start[i]))
            columns += measure_width(line->start + i, 1);
    return columns;
}

/* The line's words; `spare` more blanks are spread over the gaps, the first gaps getting one more than the last. */
static void put_words(struct sink *sink, const struct wrap_line *line, int spare)
{
    int gaps = justify_gaps(line), gap = 0;

    for (size_t i = 0; i < line->bytes; i++) {
        if (!measure_is_space(line->start[i])) {
            put(sink, line->start[i]);
        } else if (gap_at(line, i)) {
            put_blanks(sink, 1 + spare / gaps + (gap < spare % gaps));
            gap++;
        }
    }
}

size_t justify_line(char *out, size_t size, const struct wrap_line *line, int width, enum justify_mode mode)
{
    struct sink sink = {out, size, 0};
    int spare = width - line->indent - natural_width(line);
    int stretched = mode == JUSTIFY_FULL && spare > 0 && !line->last && justify_gaps(line) > 0;
    int before = mode == JUSTIFY_RIGHT ? spare : mode == JUSTIFY_CENTER ? spare / 2 : 0;

    put_blanks(&sink, line->indent + (before > 0 ? before : 0));
    put_words(&sink, line, stretched ? spare : 0);
    if (size > 0)
        out[sink.length < size ? sink.length : size - 1] = '\0';
    return sink.length;
}
