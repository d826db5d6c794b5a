#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "ini.h"
#include "slice.h"

struct entry {
    char *key;
    char *value;
};

struct section {
    char *name;
    struct entry *entries;
    size_t count;
    size_t room;
};

struct ini {
    struct section *sections;
    size_t count;
    size_t room;
};

/* The section of that name, which is made if it is not there; NULL without memory. */
struct section *document_section(struct ini *document, struct slice name);

/* Sets a key of a section. The section owns the value from now on, even without memory for the entry. */
enum ini_status section_set(struct section *section, struct slice key, char *value);

#endif
