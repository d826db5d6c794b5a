#include <string.h>

#include "check.h"
#include "edit.h"
#include "quote.h"

static void fill(struct strbuf *buffer, const char *text)
{
    strbuf_init(buffer);
    CHECK(strbuf_append(buffer, text) == STRBUF_OK);
}

static void check_replaced(const char *text, const char *old, const char *new, const char *expected, size_t times)
{
    struct strbuf buffer;
    size_t count = 99;

    fill(&buffer, text);
    CHECK(edit_replace_all(&buffer, old, new, &count) == STRBUF_OK);
    CHECK(strcmp(strbuf_text(&buffer), expected) == 0);
    CHECK(count == times);
    strbuf_free(&buffer);
}

static void test_replace_all(void)
{
    struct strbuf buffer;
    size_t count;

    check_replaced("a-b-c", "-", " - ", "a - b - c", 2);
    check_replaced("a-b-c", "-", "", "abc", 2);
    check_replaced("aaaaa", "aa", "a", "aaa", 2);
    check_replaced("xx", "x", "xx", "xxxx", 2);
    check_replaced("nothing", "here", "there", "nothing", 0);
    fill(&buffer, "as it was");
    CHECK(edit_replace_all(&buffer, "", "x", &count) == STRBUF_RANGE);
    CHECK(count == 0 && strcmp(strbuf_text(&buffer), "as it was") == 0);
    strbuf_free(&buffer);
}

static void test_trim_and_lower(void)
{
    struct strbuf buffer;

    fill(&buffer, " Two Words \t\n");
    CHECK(edit_trim_right(&buffer) == 3);
    CHECK(edit_trim_right(&buffer) == 0);
    edit_lower(&buffer);
    CHECK(strcmp(strbuf_text(&buffer), " two words") == 0);
    strbuf_free(&buffer);
    CHECK(edit_trim_right(&buffer) == 0);
    edit_lower(&buffer);
}

static void test_quote(void)
{
    struct strbuf buffer;

    fill(&buffer, "say ");
    CHECK(quote_append(&buffer, "a\t\"b\\\"\n") == STRBUF_OK);
    CHECK(strcmp(strbuf_text(&buffer), "say \"a\\t\\\"b\\\\\\\"\\n\"") == 0);
    strbuf_free(&buffer);
}

int main(void)
{
    test_replace_all();
    test_trim_and_lower();
    test_quote();
    return failures != 0;
}
