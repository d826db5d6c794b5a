#ifndef INI_H
#define INI_H

#include <stdbool.h>
#include <stddef.h>

/* A document: sections in the order they came, each with its entries in theirs. */
struct ini;

enum ini_status {
    INI_OK,
    INI_NO_MEMORY,
    INI_BAD_SECTION,  /* a line begins with [ and is no section */
    INI_BAD_LINE,     /* no = in it, or nothing before the = */
    INI_BAD_ESCAPE,   /* a \ before something that cannot be escaped */
    INI_UNTERMINATED, /* a quoted value whose line ends first */
    INI_TRAILING,     /* something behind a section or a quoted value */
    INI_MISSING,      /* no such entry */
    INI_BAD_VALUE     /* an entry that is not what was asked for */
};

/* What a status means, in a few words. */
const char *ini_status_text(enum ini_status status);

/* Reads a text of that length. On INI_OK *document is to be freed by the caller; otherwise it is NULL and *line is
   the number of the line that is wrong, from 1 (0 when memory ran out at once). */
enum ini_status ini_parse(const char *text, size_t length, struct ini **document, int *line);

/* An empty document, or NULL. */
struct ini *ini_new(void);
void ini_free(struct ini *document);

/* Sets a key to a copy of the value, and makes the section and the key if they are not there. */
enum ini_status ini_set(struct ini *document, const char *section, const char *key, const char *value);

/* The value, or NULL. It lives until the key is set again or the document is freed. */
const char *ini_get(const struct ini *document, const char *section, const char *key);

/* A decimal number with an optional sign that fits a long. INI_MISSING, INI_BAD_VALUE leave *number as it is. */
enum ini_status ini_get_long(const struct ini *document, const char *section, const char *key, long *number);

/* "yes", "true", "on", "1" or "no", "false", "off", "0", in small letters. */
enum ini_status ini_get_bool(const struct ini *document, const char *section, const char *key, bool *truth);

/* Going through a document. The section of no name is the first one if it has entries. */
size_t ini_section_count(const struct ini *document);
const char *ini_section_name(const struct ini *document, size_t section);
size_t ini_entry_count(const struct ini *document, size_t section);
const char *ini_entry_key(const struct ini *document, size_t section, size_t entry);
const char *ini_entry_value(const struct ini *document, size_t section, size_t entry);

/* Writes the document as text, quoting what has to be, and a NUL; at most size bytes. Returns the length that the
   whole text has. ini_parse() reads it again. */
size_t ini_write(const struct ini *document, char *out, size_t size);

#endif
