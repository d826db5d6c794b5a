#include "document.h"
#include "value.h"

/* What is being filled: a document, and the section that lines belong to (NULL above the first one). */
struct parser {
    struct ini *document;
    struct section *section;
};

static enum ini_status parse_section(struct parser *parser, struct slice line)
{
    size_t end = slice_find(line, ']');
    struct slice name;

    if (end == line.length)
        return INI_BAD_SECTION;
    name = slice_trim(slice_between(line, 1, end));
    if (name.length == 0)
        return INI_BAD_SECTION;
    if (!is_comment(slice_from(line, end + 1)))
        return INI_TRAILING;
    parser->section = document_section(parser->document, name);
    return parser->section != NULL ? INI_OK : INI_NO_MEMORY;
}

static enum ini_status parse_entry(struct parser *parser, struct slice line)
{
    static const struct slice no_name = {"", 0};
    size_t equals = slice_find(line, '=');
    struct slice key = slice_trim(slice_between(line, 0, equals));
    enum ini_status status;
    char *value;

    if (equals == line.length || key.length == 0)
        return INI_BAD_LINE;
    status = value_read(slice_from(line, equals + 1), &value);
    if (status != INI_OK)
        return status;
    if (parser->section == NULL)
        parser->section = document_section(parser->document, no_name);
    return parser->section != NULL ? section_set(parser->section, key, value) : INI_NO_MEMORY;
}

static enum ini_status parse_line(struct parser *parser, struct slice line)
{
    line = slice_trim(line);
    if (is_comment(line))
        return INI_OK;
    return line.start[0] == '[' ? parse_section(parser, line) : parse_entry(parser, line);
}

enum ini_status ini_parse(const char *text, size_t length, struct ini **document, int *line)
{
    struct slice rest = {text, length};
    struct parser parser = {ini_new(), NULL};
    enum ini_status status = parser.document != NULL ? INI_OK : INI_NO_MEMORY;

    *line = 0;
    while (status == INI_OK && rest.length > 0) {
        size_t end = slice_find(rest, '\n');

        ++*line;
        status = parse_line(&parser, slice_between(rest, 0, end));
        rest = slice_from(rest, end + 1);
    }
    if (status != INI_OK) {
        ini_free(parser.document);
        parser.document = NULL;
    }
    *document = parser.document;
    return status;
}

const char *ini_status_text(enum ini_status status)
{
    switch (status) {
    case INI_OK:
        return "all right";
    case INI_NO_MEMORY:
        return "out of memory";
    case INI_BAD_SECTION:
        return "not a section";
    case INI_BAD_LINE:
        return "not a key with a value";
    case INI_BAD_ESCAPE:
        return "an unknown escape";
    case INI_UNTERMINATED:
        return "a quoted value does not end";
    case INI_TRAILING:
        return "something behind the end";
    case INI_MISSING:
        return "no such entry";
    case INI_BAD_VALUE:
        return "not a value of that kind";
    }
    return "an unknown status";
}
