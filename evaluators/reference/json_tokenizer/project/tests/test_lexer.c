#include <string.h>

#include "check.h"
#include "json.h"

static void open_text(struct json_lexer *lexer, const char *text)
{
    json_open(lexer, text, strlen(text));
}

static void all_kinds_are_told_apart(void)
{
    static const enum json_kind expected[] = {
        JSON_OBJECT_BEGIN, JSON_STRING, JSON_COLON, JSON_ARRAY_BEGIN, JSON_NUMBER, JSON_COMMA, JSON_TRUE,
        JSON_COMMA, JSON_FALSE, JSON_COMMA, JSON_NULL, JSON_ARRAY_END, JSON_OBJECT_END, JSON_END, JSON_END,
    };
    struct json_lexer lexer;
    struct json_token token;

    open_text(&lexer, "{\"a\": [-1.5e3, true,false ,null]}");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        CHECK(json_next(&lexer, &token) == JSON_OK);
        CHECK(token.kind == expected[i]);
    }
}

static void tokens_know_where_they_stand(void)
{
    struct json_lexer lexer;
    struct json_token token;

    open_text(&lexer, "[\n  12,\r\n\t\"x\"");
    CHECK(json_next(&lexer, &token) == JSON_OK && token.line == 1 && token.column == 1);
    CHECK(json_next(&lexer, &token) == JSON_OK && token.line == 2 && token.column == 3);
    CHECK(token.length == 2 && memcmp(token.start, "12", 2) == 0);
    CHECK(json_next(&lexer, &token) == JSON_OK && token.line == 2 && token.column == 5);
    CHECK(json_next(&lexer, &token) == JSON_OK && token.line == 3 && token.column == 2);
}

static enum json_status first_status(const char *text)
{
    struct json_lexer lexer;
    struct json_token token;

    open_text(&lexer, text);
    return json_next(&lexer, &token);
}

static void what_is_no_token_is_refused(void)
{
    CHECK(first_status("@") == JSON_BAD_CHARACTER);
    CHECK(first_status("True") == JSON_BAD_WORD);
    CHECK(first_status("nul") == JSON_BAD_WORD);
    CHECK(first_status("01") == JSON_BAD_NUMBER);
    CHECK(first_status("-") == JSON_BAD_NUMBER);
    CHECK(first_status("\"abc") == JSON_BAD_STRING);
    CHECK(first_status("\"\\x\"") == JSON_BAD_STRING);
    CHECK(first_status("\"\n\"") == JSON_BAD_STRING);
}

static void a_failure_leaves_the_lexer_at_what_is_wrong(void)
{
    struct json_lexer lexer;
    struct json_token token;

    open_text(&lexer, "1\n  @");
    CHECK(json_next(&lexer, &token) == JSON_OK);
    CHECK(json_next(&lexer, &token) == JSON_BAD_CHARACTER);
    CHECK(token.kind == JSON_NUMBER && lexer.line == 2 && lexer.column == 3);
    CHECK(json_next(&lexer, &token) == JSON_BAD_CHARACTER);
}

static void a_copy_goes_on_from_the_same_place(void)
{
    struct json_lexer lexer, copy;
    struct json_token token;

    open_text(&lexer, "[1]");
    json_next(&lexer, &token);
    copy = lexer;
    json_next(&lexer, &token);
    json_next(&copy, &token);
    CHECK(token.kind == JSON_NUMBER && token.column == 2);
}

int main(void)
{
    all_kinds_are_told_apart();
    tokens_know_where_they_stand();
    what_is_no_token_is_refused();
    a_failure_leaves_the_lexer_at_what_is_wrong();
    a_copy_goes_on_from_the_same_place();
    CHECK(strcmp(json_status_text(JSON_BAD_NUMBER), "malformed number") == 0);
    puts("test_lexer: passed");
    return 0;
}
