#ifndef JSON_H
#define JSON_H

#include <stddef.h>

/* What became of a call. */
enum json_status {
    JSON_OK,
    JSON_BAD_CHARACTER, /* no token begins with it */
    JSON_BAD_WORD,      /* a word other than true, false and null */
    JSON_BAD_NUMBER,
    JSON_BAD_STRING,    /* not closed, a control character, or an unknown escape */
    JSON_NO_SPACE,      /* the caller's buffer is too small */
    JSON_UNEXPECTED,    /* a token that JSON does not allow there, or the end of the text */
    JSON_TOO_DEEP       /* more arrays and objects inside each other than the caller allows */
};

/* What a token is. */
enum json_kind {
    JSON_END, /* behind the last token */
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_COLON,
    JSON_COMMA,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

/* A token is a piece of the text: `length` bytes at `start`. Lines and columns count from 1, columns in bytes. */
struct json_token {
    enum json_kind kind;
    const char *start;
    size_t length;
    int line;
    int column;
};

/* Where the reading of a text stands. It may be copied. */
struct json_lexer {
    const char *at;
    const char *end;
    int line;
    int column;
};

/* Begins to read `length` bytes of text, which have to stay where they are. */
void json_open(struct json_lexer *lexer, const char *text, size_t length);

/*
 * Reads the next token; JSON_END again and again when there is none. When it fails, `token` is unchanged and the lexer
 * stands at what cannot be read.
 */
enum json_status json_next(struct json_lexer *lexer, struct json_token *token);

/*
 * Reads one whole value - with all that is inside it, when it is an array or object - and leaves the lexer behind it.
 * At most `max_depth` arrays and objects may be open at once. When it fails, the lexer stands where it stood before.
 */
enum json_status json_skip(struct json_lexer *lexer, int max_depth);

/*
 * Writes the characters that a string token means, and a NUL, to `out`; `size` is that of the buffer. A character
 * beyond ASCII that is escaped (\u20ac) becomes UTF-8; half of a surrogate pair becomes U+FFFD.
 */
enum json_status json_string(const struct json_token *token, char *out, size_t size);

/* A few words about a status, for messages. */
const char *json_status_text(enum json_status status);

#endif
