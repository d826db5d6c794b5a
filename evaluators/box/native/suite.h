/* Assertions for a suite that is called case by case.
 *
 *     static void grows(void) { CHECK_EQUAL_INT(3, total()); }
 *     SUITE(shrinks, grows)
 *
 * SUITE defines `int suite_case(int index)`, which runs one case and returns what its checks saw:
 *     bits 0 to 7: checks that failed, 8 to 19: checks that were run, 20 to 30: the first failed one's line;
 * each number stays at its greatest when it would not fit, and an index without a case gives 0. A check that fails ends
 * the function that it stands in. Nothing is printed, and nothing here can be named from another unit.
 */
#ifndef SUITE_H
#define SUITE_H
#include <string.h>

#define SUITE_OWN __attribute__((unused)) static

SUITE_OWN struct {
    unsigned run, failed, line;
} suite_seen;

SUITE_OWN int suite_check(int holds, unsigned line) {
    suite_seen.run++;
    if (!holds && !suite_seen.failed++) suite_seen.line = line;
    return holds;
}

SUITE_OWN int suite_same_text(const char *expected, const char *actual) {
    return expected && actual ? !strcmp(expected, actual) : expected == actual;
}

SUITE_OWN int suite_same_bytes(const void *expected, const void *actual, size_t bytes) {
    return expected && actual ? !memcmp(expected, actual, bytes) : expected == actual;
}

SUITE_OWN unsigned suite_at_most(unsigned value, unsigned most) { return value < most ? value : most; }

SUITE_OWN int suite_report(void) {
    return (int)(suite_at_most(suite_seen.failed, 0xff) | suite_at_most(suite_seen.run, 0xfff) << 8 |
                 suite_at_most(suite_seen.line, 0x7ff) << 20);
}

#define CHECK(condition) \
    do { \
        if (!suite_check(!!(condition), __LINE__)) return; \
    } while (0)
#define CHECK_EQUAL_INT(expected, actual) CHECK((long long)(expected) == (long long)(actual))
#define CHECK_EQUAL_STRING(expected, actual) CHECK(suite_same_text(expected, actual))
#define CHECK_EQUAL_MEMORY(expected, actual, bytes) CHECK(suite_same_bytes(expected, actual, bytes))
#define CHECK_NULL(pointer) CHECK((pointer) == NULL)
#define CHECK_NOT_NULL(pointer) CHECK((pointer) != NULL)

#define SUITE(...) \
    static void (*const suite_cases[])(void) = {__VA_ARGS__}; \
    int suite_case(int index); \
    int suite_case(int index) { \
        if (index < 0 || (size_t)index >= sizeof suite_cases / sizeof *suite_cases) return 0; \
        memset(&suite_seen, 0, sizeof suite_seen); \
        suite_cases[index](); \
        return suite_report(); \
    }

#endif
