#ifndef STRBUF_H
#define STRBUF_H

#include <stddef.h>

enum strbuf_status {
    STRBUF_OK,
    STRBUF_NO_MEMORY,
    STRBUF_RANGE
};

/* A text that grows. Read it with strbuf_text and strbuf_length; text is NULL until something was put in. */
struct strbuf {
    char *text;
    size_t capacity; /* bytes at text, the NUL included */
};

void strbuf_init(struct strbuf *buffer);

/* Gives the memory back; the buffer is empty afterwards and may be used again. */
void strbuf_free(struct strbuf *buffer);

/* The text as a C string, good until the buffer is changed. */
const char *strbuf_text(const struct strbuf *buffer);

/* Characters of the text. */
size_t strbuf_length(const struct strbuf *buffer);

/*
 * Puts n characters of text in the place of `removed` characters from `at` on; fewer are removed where the buffer ends
 * before. None of the n is NUL, and text is not the buffer's own. Returns STRBUF_RANGE when `at` is behind the end, and
 * STRBUF_NO_MEMORY: the buffer is then as it was.
 */
enum strbuf_status strbuf_splice(struct strbuf *buffer, size_t at, size_t removed, const char *text, size_t n);

/* Puts a text, a character (a NUL adds nothing) or a decimal number behind what is there. */
enum strbuf_status strbuf_append(struct strbuf *buffer, const char *text);
enum strbuf_status strbuf_append_char(struct strbuf *buffer, char c);
enum strbuf_status strbuf_append_int(struct strbuf *buffer, int number);

/* Puts a text before the character at `at`. Returns what strbuf_splice returns. */
enum strbuf_status strbuf_insert(struct strbuf *buffer, size_t at, const char *text);

/* Cuts the text to at most n characters. */
void strbuf_truncate(struct strbuf *buffer, size_t n);

/* Hands the text over: the caller frees it, the buffer is empty. Returns NULL when there is no memory for it. */
char *strbuf_take(struct strbuf *buffer);

#endif
