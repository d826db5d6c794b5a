#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static int failures;

/* Counts and shows what does not hold; the test goes on. */
#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
            failures++;                                                        \
        }                                                                      \
    } while (0)

#endif
