#include <assert.h>
#include <string.h>

#include "../src/ini.h"

static void last(const char *section, const char *key, const char *value, void *context)
{
    strcpy(context, section);
    strcat(context, key);
    strcat(context, value);
}

int main(void)
{
    char seen[128] = "";

    assert(ini_parse("[a]\nb = c\n", last, seen) == 0);
    assert(strcmp(seen, "abc") == 0);
    return 0;
}
