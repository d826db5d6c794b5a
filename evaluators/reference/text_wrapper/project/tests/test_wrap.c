#include <string.h>

#include "check.h"
#include "measure.h"
#include "wrap.h"

static void test_measure(void)
{
    const char *word = "n\xc3\xa4iv";

    CHECK(measure_width("", 0) == 0);
    CHECK(measure_width("plain", 5) == 5);
    CHECK(measure_width(word, strlen(word)) == 4);
    CHECK(measure_fit("plain", 5, 3) == 3);
    CHECK(measure_fit("plain", 5, 9) == 5);
    CHECK(measure_fit("plain", 5, 0) == 0);
    CHECK(measure_fit(word, strlen(word), 1) == 1);
    CHECK(measure_fit(word, strlen(word), 2) == 3);
    CHECK(measure_is_space(' ') && measure_is_space('\t') && measure_is_space('\n'));
    CHECK(!measure_is_space('x') && !measure_is_space('\0'));
}

/* The lines of a text, each followed by a bar. */
static const char *cut(const char *text, struct wrap_options options)
{
    static char out[256];
    struct wrap_cursor cursor;
    struct wrap_line line;

    out[0] = '\0';
    wrap_begin(&cursor, text, strlen(text));
    while (wrap_next(&cursor, &options, &line)) {
        strncat(out, line.start, line.bytes);
        strcat(out, line.last ? "." : "|");
    }
    return out;
}

static void test_lines(void)
{
    struct wrap_options plain = {9, 0, 0, 0}, indented = {9, 4, 2, 0};

    CHECK(strcmp(cut("one two three four", plain), "one two|three|four.") == 0);
    CHECK(strcmp(cut("  one\ntwo  ", plain), "one\ntwo.") == 0);
    CHECK(strcmp(cut("one two three four", indented), "one|two|three|four.") == 0);
    CHECK(strcmp(cut("", plain), "") == 0);
    CHECK(strcmp(cut(" \n ", plain), "") == 0);
    CHECK(strcmp(cut("123456789 1", plain), "123456789|1.") == 0);
}

static void test_wide_words(void)
{
    struct wrap_options whole = {4, 0, 0, 0}, broken = {4, 0, 0, 1};

    CHECK(strcmp(cut("a abcdefghij b", whole), "a|abcdefghij|b.") == 0);
    CHECK(strcmp(cut("a abcdefghij b", broken), "a|abcd|efgh|ij b.") == 0);
}

static void test_count_and_options(void)
{
    struct wrap_options good = {10, 9, 0, 0}, wide = {10, 0, 10, 0}, none = {0, 0, 0, 0}, negative = {10, -1, 0, 0};

    CHECK(wrap_options_valid(&good));
    CHECK(!wrap_options_valid(&wide) && !wrap_options_valid(&none) && !wrap_options_valid(&negative));
    CHECK(wrap_count("a b c", 5, &good) == 2);
    CHECK(wrap_count("a b c", 0, &good) == 0);
}

int main(void)
{
    test_measure();
    test_lines();
    test_wide_words();
    test_count_and_options();
    return failures != 0;
}
