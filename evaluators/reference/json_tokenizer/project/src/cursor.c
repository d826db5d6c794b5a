#include "cursor.h"

int cursor_peek(const struct json_lexer *lexer)
{
    return lexer->at < lexer->end ? (unsigned char)*lexer->at : -1;
}

void cursor_advance(struct json_lexer *lexer, size_t count)
{
    lexer->at += count;
    lexer->column += (int)count;
}

void cursor_skip_space(struct json_lexer *lexer)
{
    for (;;) {
        switch (cursor_peek(lexer)) {
        case '\n':
            lexer->at++;
            lexer->line++;
            lexer->column = 1;
            break;
        case ' ':
        case '\t':
        case '\r':
            cursor_advance(lexer, 1);
            break;
        default:
            return;
        }
    }
}
