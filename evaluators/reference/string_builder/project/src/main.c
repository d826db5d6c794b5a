/* Fills the template on standard input: fill NAME=VALUE... */
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "strbuf.h"
#include "template.h"

#define MAX_FIELDS 32

/* Reads "NAME=VALUE", in place. Returns 0 when there is no equals sign. */
static int read_field(char *argument, struct template_field *field)
{
    char *equals = strchr(argument, '=');

    if (equals == NULL)
        return 0;
    *equals = '\0';
    field->name = argument;
    field->value = equals + 1;
    return 1;
}

static enum strbuf_status read_all(struct strbuf *buffer, FILE *in)
{
    enum strbuf_status status = STRBUF_OK;
    int c;

    while (status == STRBUF_OK && (c = getc(in)) != EOF)
        status = strbuf_append_char(buffer, (char)c);
    return status;
}

int main(int argc, char **argv)
{
    struct template_field fields[MAX_FIELDS];
    struct strbuf pattern, out;
    size_t n = 0, unknown = 0, carriage_returns;
    int failed;

    for (int i = 1; i < argc && n < MAX_FIELDS; i++) {
        if (!read_field(argv[i], &fields[n++])) {
            fprintf(stderr, "fill: '%s' is not NAME=VALUE\n", argv[i]);
            return 2;
        }
    }
    strbuf_init(&pattern);
    strbuf_init(&out);
    failed = read_all(&pattern, stdin) != STRBUF_OK ||
             edit_replace_all(&pattern, "\r\n", "\n", &carriage_returns) != STRBUF_OK ||
             template_fill(&out, strbuf_text(&pattern), fields, n, &unknown) != STRBUF_OK;
    if (failed)
        fprintf(stderr, "fill: no memory\n");
    else
        fputs(strbuf_text(&out), stdout);
    if (unknown > 0)
        fprintf(stderr, "fill: %zu unknown names\n", unknown);
    strbuf_free(&pattern);
    strbuf_free(&out);
    return failed || unknown > 0;
}
