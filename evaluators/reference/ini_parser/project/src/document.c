#include "document.h"

#include <stdlib.h>
#include <string.h>

static struct slice whole(const char *string)
{
    struct slice text = {string, strlen(string)};

    return text;
}

/* Room for one item more; the items, or NULL without memory, when they stay where they are. */
static void *with_room(void *items, size_t count, size_t *room, size_t size)
{
    size_t wanted = *room > 0 ? 2 * *room : 4;
    void *more;

    if (count < *room)
        return items;
    more = realloc(items, wanted * size);
    if (more != NULL)
        *room = wanted;
    return more;
}

struct ini *ini_new(void)
{
    return calloc(1, sizeof(struct ini));
}

static void section_free(struct section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        free(section->entries[i].key);
        free(section->entries[i].value);
    }
    free(section->entries);
    free(section->name);
}

void ini_free(struct ini *document)
{
    if (document == NULL)
        return;
    for (size_t i = 0; i < document->count; i++)
        section_free(&document->sections[i]);
    free(document->sections);
    free(document);
}

static struct section *find_section(const struct ini *document, struct slice name)
{
    for (size_t i = 0; i < document->count; i++)
        if (slice_is(name, document->sections[i].name))
            return &document->sections[i];
    return NULL;
}

static struct entry *find_entry(const struct section *section, struct slice key)
{
    for (size_t i = 0; i < section->count; i++)
        if (slice_is(key, section->entries[i].key))
            return &section->entries[i];
    return NULL;
}

/* The section without a name goes in front: as text, it can stand nowhere else. */
static struct section *insert_section(struct ini *document, struct section made)
{
    size_t at = made.name[0] == '\0' ? 0 : document->count;

    memmove(&document->sections[at + 1], &document->sections[at], (document->count - at) * sizeof made);
    document->sections[at] = made;
    document->count++;
    return &document->sections[at];
}

struct section *document_section(struct ini *document, struct slice name)
{
    struct section *found = find_section(document, name);
    struct section made = {0};
    struct section *sections;

    if (found != NULL)
        return found;
    sections = with_room(document->sections, document->count, &document->room, sizeof *sections);
    if (sections == NULL)
        return NULL;
    document->sections = sections;
    made.name = slice_copy(name);
    return made.name != NULL ? insert_section(document, made) : NULL;
}

enum ini_status section_set(struct section *section, struct slice key, char *value)
{
    struct entry *entry = find_entry(section, key);
    struct entry *entries;
    char *name;

    if (entry != NULL) {
        free(entry->value);
        entry->value = value;
        return INI_OK;
    }
    entries = with_room(section->entries, section->count, &section->room, sizeof *entries);
    if (entries != NULL)
        section->entries = entries;
    name = entries != NULL ? slice_copy(key) : NULL;
    if (name == NULL) {
        free(value);
        return INI_NO_MEMORY;
    }
    section->entries[section->count].key = name;
    section->entries[section->count].value = value;
    section->count++;
    return INI_OK;
}

enum ini_status ini_set(struct ini *document, const char *section, const char *key, const char *value)
{
    struct section *home = document_section(document, whole(section));
    char *copy = home != NULL ? slice_copy(whole(value)) : NULL;

    return copy != NULL ? section_set(home, whole(key), copy) : INI_NO_MEMORY;
}

const char *ini_get(const struct ini *document, const char *section, const char *key)
{
    const struct section *home = find_section(document, whole(section));
    const struct entry *entry = home != NULL ? find_entry(home, whole(key)) : NULL;

    return entry != NULL ? entry->value : NULL;
}

size_t ini_section_count(const struct ini *document)
{
    return document->count;
}

const char *ini_section_name(const struct ini *document, size_t section)
{
    return document->sections[section].name;
}

size_t ini_entry_count(const struct ini *document, size_t section)
{
    return document->sections[section].count;
}

const char *ini_entry_key(const struct ini *document, size_t section, size_t entry)
{
    return document->sections[section].entries[entry].key;
}

const char *ini_entry_value(const struct ini *document, size_t section, size_t entry)
{
    return document->sections[section].entries[entry].value;
}
