/* Lists the tokens of standard input, one a line. */
#include <stdio.h>

#include "json.h"

#define LARGEST_INPUT (1u << 20)

static char input[LARGEST_INPUT];

static void show(const struct json_token *token)
{
    const char *kind = token->kind == JSON_STRING ? "string " : token->kind == JSON_NUMBER ? "number " : "";

    printf("%d:%d %s%.*s\n", token->line, token->column, kind, (int)token->length, token->start);
}

int main(void)
{
    size_t length = fread(input, 1, sizeof input, stdin);
    struct json_lexer lexer;
    struct json_token token;
    enum json_status status;

    if (length == sizeof input) {
        fprintf(stderr, "the input is too large\n");
        return 2;
    }
    json_open(&lexer, input, length);
    while ((status = json_next(&lexer, &token)) == JSON_OK && token.kind != JSON_END)
        show(&token);
    if (status == JSON_OK)
        return 0;
    fprintf(stderr, "%d:%d: %s\n", lexer.line, lexer.column, json_status_text(status));
    return 1;
}
