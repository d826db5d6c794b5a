#include "ini.h"

#include <string.h>

#include "span.h"

static int is_comment(struct span line)
{
    return line.length > 0 && (line.start[0] == ';' || line.start[0] == '#');
}

static int is_section(struct span line)
{
    return line.length > 1 && line.start[0] == '[' && line.start[line.length - 1] == ']';
}

int ini_parse(const char *text, ini_seen seen, void *context)
{
    char section[INI_NAME] = "";
    int errors = 0;

    while (*text) {
        struct span line = span_line(text);
        text += line.length;
        if (*text == '\n')
            text++;
        line = span_trim(line);
        if (line.length == 0 || is_comment(line))
            continue;
        if (is_section(line)) {
            struct span name = {line.start + 1, line.length - 2};
            span_copy(name, section, INI_NAME);
            continue;
        }
        size_t at = span_find(line, '=');
        if (at == line.length) {
            errors++;
            continue;
        }
        struct span key = span_trim((struct span){line.start, at});
        struct span value = span_trim((struct span){line.start + at + 1, line.length - at - 1});
        char key_text[INI_NAME], value_text[INI_NAME];
        span_copy(key, key_text, INI_NAME);
        span_copy(value, value_text, INI_NAME);
        seen(section, key_text, value_text, context);
    }
    return errors;
}
