#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini.h"

#define OUT 4096

static void note(char *out, const char *format, const char *first, const char *second)
{
    size_t used = strlen(out);

    snprintf(out + used, OUT - used, format, first, second);
}

static void note_entries(const struct ini *document, char *out)
{
    for (size_t i = 0; i < ini_section_count(document); i++) {
        note(out, "[%s]%s", ini_section_name(document, i), "");
        for (size_t k = 0; k < ini_entry_count(document, i); k++)
            note(out, "%s|%s;", ini_entry_key(document, i, k), ini_entry_value(document, i, k));
    }
}

/* Reads head and tail from memory of exactly their size, and what was read again as it is written. */
static int read_both(const char *head, const char *tail, char *out)
{
    size_t before = strlen(head), length = before + strlen(tail);
    char *text = malloc(length > 0 ? length : 1);
    char written[512] = "";
    struct ini *document;
    int line = 0;
    int status;

    memcpy(text, head, before);
    memcpy(text + before, tail, length - before);
    status = (int)ini_parse(text, length, &document, &line);
    free(text);
    if (status == INI_OK) {
        note_entries(document, out);
        ini_write(document, written, sizeof written);
        note(out, "%s%s", written, "");
        ini_free(document);
        status = (int)ini_parse(written, strlen(written), &document, &line);
        if (status == INI_OK)
            note_entries(document, out);
        ini_free(document);
    }
    return 10 * line + status;
}

// probe
int probe_ini(const char *text, const char *value, char *out)
{
    int seen = read_both("k = \"", value, out);

    seen = 31 * seen + read_both("[s]\nk = \"a", value, out);
    return 31 * seen + read_both(text, "", out);
}
