#include <string.h>

#include "check.h"
#include "justify.h"

static void check_placed(const char *words, int last, enum justify_mode mode, const char *expected)
{
    struct wrap_line line = {words, strlen(words), 2, last};
    char out[64];

    CHECK(justify_line(out, sizeof out, &line, 14, mode) == strlen(expected));
    CHECK(strcmp(out, expected) == 0);
}

static void test_modes(void)
{
    check_placed("a b \n c", 0, JUSTIFY_LEFT, "  a b c");
    check_placed("a b c", 0, JUSTIFY_RIGHT, "         a b c");
    check_placed("a b c", 0, JUSTIFY_CENTER, "     a b c");
    check_placed("a bb c", 0, JUSTIFY_FULL, "  a    bb    c");
    check_placed("a b c d", 0, JUSTIFY_FULL, "  a   b   c  d");
    check_placed("a b c", 1, JUSTIFY_FULL, "  a b c");
    check_placed("word", 0, JUSTIFY_FULL, "  word");
    check_placed("much too wide for it", 0, JUSTIFY_RIGHT, "  much too wide for it");
}

static void test_little_room(void)
{
    struct wrap_line line = {"a b", 3, 0, 0};
    char out[3] = "xx";

    CHECK(justify_line(NULL, 0, &line, 5, JUSTIFY_FULL) == 5);
    CHECK(justify_line(out, sizeof out, &line, 5, JUSTIFY_LEFT) == 3);
    CHECK(strcmp(out, "a ") == 0);
}

static void test_names(void)
{
    enum justify_mode mode = JUSTIFY_LEFT;

    CHECK(justify_mode_named("full", &mode) && mode == JUSTIFY_FULL);
    CHECK(justify_mode_named("c", &mode) && mode == JUSTIFY_CENTER);
    CHECK(!justify_mode_named("", &mode) && mode == JUSTIFY_CENTER);
    CHECK(!justify_mode_named("fuller", &mode) && mode == JUSTIFY_CENTER);
}

int main(void)
{
    test_modes();
    test_little_room();
    test_names();
    return failures != 0;
}
