#include <string.h>

#include "check.h"
#include "json.h"
#include "text.h"

/* The characters that the string in `text` means; a dash when the buffer is too small. */
static const char *meaning(const char *text, size_t size)
{
    static char out[64];
    struct json_lexer lexer;
    struct json_token token;

    json_open(&lexer, text, strlen(text));
    CHECK(json_next(&lexer, &token) == JSON_OK && token.kind == JSON_STRING);
    return json_string(&token, out, size) == JSON_OK ? out : "-";
}

int main(void)
{
    CHECK(string_length("\"ab\"c", 5) == 4);
    CHECK(string_length("\"a\\\"b\"", 6) == 6);
    CHECK(string_length("\"\\u12aF\"", 8) == 8);
    CHECK(string_length("\"\\u12g4\"", 8) == 0);
    CHECK(string_length("\"\\\"", 3) == 0);
    CHECK(string_length("ab", 2) == 0);

    CHECK(strcmp(meaning("\"\"", 1), "") == 0);
    CHECK(strcmp(meaning("\"abc\"", 64), "abc") == 0);
    CHECK(strcmp(meaning("\"\\\\ \\\" \\/ \\n\\t\"", 64), "\\ \" / \n\t") == 0);
    CHECK(strcmp(meaning("\"\\u0041\\u00e9\\u20ac\"", 64), "A\xc3\xa9\xe2\x82\xac") == 0);
    CHECK(strcmp(meaning("\"\\ud83d\\ude00\"", 64), "\xf0\x9f\x98\x80") == 0);
    CHECK(strcmp(meaning("\"\\ud83dx\"", 64), "\xef\xbf\xbdx") == 0);
    CHECK(strcmp(meaning("\"abc\"", 4), "abc") == 0);
    CHECK(strcmp(meaning("\"abc\"", 3), "-") == 0);
    puts("test_string: passed");
    return 0;
}
