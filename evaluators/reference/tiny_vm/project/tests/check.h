#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static int failures;

/* Notes a condition that does not hold, and goes on. */
#define CHECK(condition)                                           \
    do {                                                           \
        if (!(condition)) {                                        \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                            \
        }                                                          \
    } while (0)

#endif
