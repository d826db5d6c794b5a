#include <string.h>

#include "check.h"
#include "template.h"

static const struct template_field fields[] = {{"who", "Ada"}, {"n", "12"}, {"", "nobody"}};

static void check_filled(const char *pattern, const char *expected, size_t unknown_names)
{
    struct strbuf out;
    size_t unknown = 99;

    strbuf_init(&out);
    CHECK(template_fill(&out, pattern, fields, sizeof fields / sizeof *fields, &unknown) == STRBUF_OK);
    CHECK(strcmp(strbuf_text(&out), expected) == 0);
    CHECK(unknown == unknown_names);
    strbuf_free(&out);
}

int main(void)
{
    check_filled("", "", 0);
    check_filled("no names", "no names", 0);
    check_filled("{who} has {n}{n}", "Ada has 1212", 0);
    check_filled("{}", "nobody", 0);
    check_filled("{whom} {who}", "{whom} Ada", 1);
    check_filled("{{who} = {who}", "{who} = Ada", 0);
    check_filled("open {who", "open {who", 0);
    return failures != 0;
}
