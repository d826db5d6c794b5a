#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "strbuf.h"

static int holds(const struct strbuf *buffer, const char *text)
{
    return strcmp(strbuf_text(buffer), text) == 0 && strbuf_length(buffer) == strlen(text);
}

static void test_append(void)
{
    struct strbuf buffer;

    strbuf_init(&buffer);
    CHECK(holds(&buffer, ""));
    CHECK(strbuf_append(&buffer, "one ") == STRBUF_OK);
    CHECK(strbuf_append_char(&buffer, '+') == STRBUF_OK);
    CHECK(strbuf_append_char(&buffer, '\0') == STRBUF_OK);
    CHECK(strbuf_append_int(&buffer, -20) == STRBUF_OK);
    CHECK(strbuf_append(&buffer, "") == STRBUF_OK);
    CHECK(holds(&buffer, "one +-20"));
    strbuf_free(&buffer);
    CHECK(holds(&buffer, ""));
}

static void test_growth(void)
{
    struct strbuf buffer;

    strbuf_init(&buffer);
    for (int i = 0; i < 1000; i++)
        CHECK(strbuf_append_char(&buffer, (char)('a' + i % 26)) == STRBUF_OK);
    CHECK(strbuf_length(&buffer) == 1000);
    for (int i = 0; i < 1000; i++)
        CHECK(strbuf_text(&buffer)[i] == 'a' + i % 26);
    strbuf_free(&buffer);
}

static void test_splice(void)
{
    struct strbuf buffer;

    strbuf_init(&buffer);
    CHECK(strbuf_insert(&buffer, 1, "x") == STRBUF_RANGE);
    CHECK(strbuf_insert(&buffer, 0, "world") == STRBUF_OK);
    CHECK(strbuf_insert(&buffer, 0, "hello ") == STRBUF_OK);
    CHECK(strbuf_splice(&buffer, 5, 1, ", wide ", 7) == STRBUF_OK);
    CHECK(holds(&buffer, "hello, wide world"));
    CHECK(strbuf_splice(&buffer, 5, 6, "", 0) == STRBUF_OK);
    CHECK(holds(&buffer, "hello world"));
    CHECK(strbuf_splice(&buffer, 5, 100, "!", 1) == STRBUF_OK);
    CHECK(holds(&buffer, "hello!"));
    CHECK(strbuf_splice(&buffer, 7, 0, "?", 1) == STRBUF_RANGE);
    strbuf_truncate(&buffer, 10);
    CHECK(holds(&buffer, "hello!"));
    strbuf_truncate(&buffer, 4);
    CHECK(holds(&buffer, "hell"));
    CHECK(strbuf_append(&buffer, "o") == STRBUF_OK);
    CHECK(holds(&buffer, "hello"));
    strbuf_free(&buffer);
}

static void test_take(void)
{
    struct strbuf buffer;
    char *text;

    strbuf_init(&buffer);
    text = strbuf_take(&buffer);
    CHECK(text != NULL && strcmp(text, "") == 0);
    free(text);
    CHECK(strbuf_append(&buffer, "mine") == STRBUF_OK);
    text = strbuf_take(&buffer);
    CHECK(text != NULL && strcmp(text, "mine") == 0);
    free(text);
    CHECK(holds(&buffer, ""));
    strbuf_free(&buffer);
}

int main(void)
{
    test_append();
    test_growth();
    test_splice();
    test_take();
    return failures != 0;
}
