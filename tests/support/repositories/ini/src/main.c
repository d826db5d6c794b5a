#include <stdio.h>

#include "ini.h"

static void show(const char *section, const char *key, const char *value, void *context)
{
    (void)context;
    printf("%s.%s=%s\n", section, key, value);
}

int main(void)
{
    char text[4096];
    size_t length = fread(text, 1, sizeof text - 1, stdin);

    text[length] = '\0';
    return ini_parse(text, show, NULL) != 0;
}
