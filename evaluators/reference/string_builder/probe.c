#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "quote.h"
#include "strbuf.h"
#include "template.h"

#define TEXT 2000
#define ROOM 200
#define LARGE 300

static const char *const pieces[] = {"a", "b ", "ab", " \n", "", "aA{B}", "\t\"ab\" a", "aba \\ "};
static const char *const patterns[] = {"{a}{b}", "{{a} a", "{c} ", "b{a"};
static const struct template_field fields[] = {{"a", "ab "}, {"b", ""}};

struct report {
    int *log;
    int used;
};

static void put(struct report *report, int value)
{
    if (report->used < ROOM)
        report->log[report->used++] = value;
}

static int number(const char **script)
{
    return **script == '\0' ? 0 : *(*script)++ & 7;
}

static void repeat(struct strbuf *buffer, char c, int times)
{
    for (int i = 0; i < times; i++)
        strbuf_append_char(buffer, c);
}

static void replace_all(struct strbuf *buffer, const char *old, const char *new, struct report *report)
{
    size_t count = 77;

    put(report, edit_replace_all(buffer, old, new, &count));
    put(report, (int)count);
}

static void fill(struct strbuf *buffer, const char *pattern, struct report *report)
{
    size_t unknown = 77;

    put(report, template_fill(buffer, pattern, fields, 2, &unknown));
    put(report, (int)unknown);
}

static void take(struct strbuf *buffer, struct report *report)
{
    char *text = strbuf_take(buffer);

    put(report, text == NULL ? -1 : (int)strlen(text));
    if (text != NULL && strbuf_append(buffer, text) == STRBUF_OK)
        strbuf_append_char(buffer, '.');
    free(text);
}

static void run(struct strbuf *buffer, const char **script, struct report *report)
{
    char command = *(*script)++;
    int a = number(script), b = number(script);
    int at = a * (int)strbuf_length(buffer) / 6;

    switch (command) {
    case 'p':
        put(report, strbuf_append(buffer, pieces[a]));
        break;
    case 'c':
        repeat(buffer, " aB\n"[a & 3], 9 * b);
        break;
    case 'd':
        put(report, strbuf_append_int(buffer, (a - 4) * 1000 + b));
        break;
    case 'i':
        put(report, strbuf_insert(buffer, at, pieces[b]));
        break;
    case 's':
        put(report, strbuf_splice(buffer, at, b, pieces[a], strlen(pieces[a])));
        break;
    case 't':
        strbuf_truncate(buffer, at);
        break;
    case 'r':
        replace_all(buffer, pieces[a], pieces[b], report);
        break;
    case 'w':
        put(report, (int)edit_trim_right(buffer));
        break;
    case 'l':
        edit_lower(buffer);
        break;
    case 'q':
        put(report, quote_append(buffer, pieces[a]));
        break;
    case 'f':
        fill(buffer, patterns[a & 3], report);
        break;
    case 'k':
        take(buffer, report);
        break;
    default:
        strbuf_append_char(buffer, '\0');
    }
}
// probe
int probe_strbuf(const char *script, char *out, int *log)
{
    struct report report = {log, 0};
    struct strbuf buffer;

    strbuf_init(&buffer);
    while (*script != '\0') {
        run(&buffer, &script, &report);
        put(&report, (int)strbuf_length(&buffer));
        put(&report, (int)strlen(strbuf_text(&buffer)));
        if (strbuf_length(&buffer) > LARGE)
            strbuf_free(&buffer);
    }
    strncpy(out, strbuf_text(&buffer), TEXT - 1);
    strbuf_free(&buffer);
    return report.used;
}
