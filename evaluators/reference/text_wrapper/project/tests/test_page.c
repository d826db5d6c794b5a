#include <string.h>

#include "check.h"
#include "page.h"

static void check_set(const char *text, int width, enum justify_mode mode, const char *expected)
{
    struct page_style style = {{width, 0, 0, 0}, mode};
    char out[256];

    CHECK(page_format(out, sizeof out, text, &style) == strlen(expected));
    CHECK(strcmp(out, expected) == 0);
    CHECK(page_format(NULL, 0, text, &style) == strlen(expected));
}

static void test_paragraphs(void)
{
    const char *text = "\n \nfirst\nsecond\n\nthird";
    size_t bytes;
    const char *found = page_paragraph(&text, &bytes);

    CHECK(found != NULL && bytes == 13 && strncmp(found, "first\nsecond\n", bytes) == 0);
    found = page_paragraph(&text, &bytes);
    CHECK(found != NULL && bytes == 5 && strncmp(found, "third", bytes) == 0);
    CHECK(page_paragraph(&text, &bytes) == NULL);
}

static void test_cut(void)
{
    struct page_style style = {{5, 0, 0, 0}, JUSTIFY_LEFT};
    char out[8];

    CHECK(page_format(out, sizeof out, "one two three", &style) == 14);
    CHECK(strcmp(out, "one\ntwo") == 0);
    style.wrap.width = 0;
    CHECK(page_format(out, sizeof out, "one", &style) == 0);
    CHECK(strcmp(out, "") == 0);
}

int main(void)
{
    check_set("one two three four", 9, JUSTIFY_FULL, "one   two\nthree\nfour\n");
    check_set("one two\n\n\n  three\n", 9, JUSTIFY_RIGHT, "  one two\n\n    three\n");
    check_set(" \n\n", 9, JUSTIFY_LEFT, "");
    test_paragraphs();
    test_cut();
    return failures != 0;
}
