#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

static int failures;

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                      \
        }                                                                    \
    } while (0)

static int finish(const char *name)
{
    printf("%s: %s\n", name, failures == 0 ? "passed" : "failed");
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
