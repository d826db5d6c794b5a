#include <string.h>

#include "json.h"

#define ROOM 4000
#define STARTS 3
#define DEPTHS 5

/* A text that grows by what the choices say. */
struct writer {
    const int *choices;
    int left;
    char text[ROOM];
    size_t length;
};

static int choose(struct writer *writer)
{
    if (writer->left == 0)
        return 0;
    writer->left--;
    return *writer->choices++;
}

static void add(struct writer *writer, const char *piece)
{
    size_t size = strlen(piece);

    if (writer->length + size < ROOM) {
        memcpy(writer->text + writer->length, piece, size);
        writer->length += size;
    }
}

static void add_value(struct writer *writer)
{
    static const char *const plain[] = {"1", "-2.5e1", "true", "false", "null", "\"a\"", "\"]\\\"\"", " 0 "};
    int choice = choose(writer);
    int object = choice >= 15;
    int members;

    if (choice < 8) {
        add(writer, plain[choice]);
        return;
    }
    members = choice % 4;
    add(writer, object ? "{" : "[");
    for (int i = 0; i < members; i++) {
        if (i > 0)
            add(writer, choice % 2 ? "," : ",\n ");
        if (object)
            add(writer, choice % 2 ? "\"k\":" : "\"k\" : ");
        add_value(writer);
    }
    add(writer, object ? "}" : "]");
}

static int mixed(int seen, int more)
{
    return (int)((seen * 127L + more) % 1000003);
}

/* What becomes of skipping one value behind some tokens, where the lexer is then, and the two tokens behind that. */
static int skip(const struct writer *writer, int before, int max_depth)
{
    struct json_lexer lexer;
    struct json_token token;
    int seen;

    json_open(&lexer, writer->text, writer->length);
    for (int i = 0; i < before; i++)
        (void)json_next(&lexer, &token);
    seen = (int)json_skip(&lexer, max_depth);
    seen = mixed(seen, (int)(lexer.at - writer->text));
    seen = mixed(seen, lexer.line);
    seen = mixed(seen, lexer.column);
    for (int i = 0; i < 2; i++)
        seen = mixed(seen, json_next(&lexer, &token) == JSON_OK ? (int)token.kind : 50);
    return seen;
}

static int words(void)
{
    int sum = 0;

    for (int status = JSON_OK; status <= (int)JSON_TOO_DEEP; status++)
        for (const char *text = json_status_text((enum json_status)status); *text; text++)
            sum = (sum * 31 + (unsigned char)*text) % 100003;
    return sum;
}

static void damage(struct writer *writer, int at, int kind)
{
    static const char marks[] = "[]{},:\"a1@ \n";

    if (at >= 0 && (size_t)at < writer->length)
        writer->text[at] = marks[kind];
}

// probe
int probe_skip(const char *text, const int *choices, int n, int damaged, int kind, int *out)
{
    struct writer writer = {.choices = choices, .left = n};

    add(&writer, text);
    while (writer.left > 0) {
        add_value(&writer);
        add(&writer, ", ");
    }
    damage(&writer, damaged, kind);
    for (int before = 0; before < STARTS; before++)
        for (int max_depth = 0; max_depth < DEPTHS; max_depth++)
            *out++ = skip(&writer, before, max_depth);
    return words();
}
