#include <string.h>

#include "edit.h"
#include "strbuf.h"
#include "template.h"

static unsigned next(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static unsigned sum_of(const char *text)
{
    unsigned sum = 0;

    while (*text != '\0')
        sum = sum * 31u + (unsigned char)*text++;
    return sum;
}
// probe
int measure_strbuf(int seed, int lines)
{
    static const char *const names[] = {"Ada", "Grace", "Edsger", "Barbara"};
    unsigned state = (unsigned)seed, sum = 0;
    size_t unknown = 0, count = 0;
    struct strbuf buffer;

    strbuf_init(&buffer);
    for (int line = 0; line < lines; line++) {
        struct template_field fields[] = {{"who", names[next(&state) % 4]}, {"what", names[next(&state) % 4]}};

        sum += (unsigned)template_fill(&buffer, "<{who}> sent {what} @ ", fields, 2, &unknown);
        sum += (unsigned)strbuf_append_int(&buffer, (int)(next(&state) % 1000));
        sum += (unsigned)strbuf_append(&buffer, next(&state) % 2 ? " @@ units;\n" : " units;\n");
    }
    sum += (unsigned)edit_replace_all(&buffer, "<", "&lt;", &count) + (unsigned)count;
    sum += (unsigned)edit_replace_all(&buffer, ">", "&gt;", &count) + (unsigned)count;
    sum += (unsigned)edit_replace_all(&buffer, "@", "", &count) + (unsigned)count;
    sum = sum * 31u + sum_of(strbuf_text(&buffer)) + (unsigned)unknown;
    strbuf_free(&buffer);
    return (int)(sum & 0x7fffffff);
}
