/* Sets the text on standard input: par [WIDTH [MODE]] */
#include <stdio.h>
#include <stdlib.h>

#include "page.h"

#define MOST 65536

int main(int argc, char **argv)
{
    static char text[MOST], out[4 * MOST];
    struct page_style style = {{72, 0, 0, 0}, JUSTIFY_LEFT};
    size_t bytes = fread(text, 1, sizeof text - 1, stdin);

    text[bytes] = '\0';
    if (argc > 1)
        style.wrap.width = atoi(argv[1]);
    if (!wrap_options_valid(&style.wrap)) {
        fprintf(stderr, "par: the width has to be 1 or more\n");
        return 2;
    }
    if (argc > 2 && !justify_mode_named(argv[2], &style.mode)) {
        fprintf(stderr, "par: the mode is left, right, center or full\n");
        return 2;
    }
    if (page_format(out, sizeof out, text, &style) >= sizeof out) {
        fprintf(stderr, "par: the text is too long\n");
        return 1;
    }
    fputs(out, stdout);
    return 0;
}
