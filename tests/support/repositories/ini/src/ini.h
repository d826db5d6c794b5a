#ifndef INI_H
#define INI_H

#define INI_NAME 32

/* Called once for each `key = value` line. */
typedef void (*ini_seen)(const char *section, const char *key, const char *value, void *context);

/* Reads a whole text. Returns the number of lines that are neither empty, comment, section nor `key = value`. */
int ini_parse(const char *text, ini_seen seen, void *context);

#endif
