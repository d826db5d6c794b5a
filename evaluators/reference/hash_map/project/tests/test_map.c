#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "map_cursor.h"
#include "map_text.h"

static int failures;

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                      \
        }                                                                    \
    } while (0)

static enum map_status put(struct map *map, const char *key, int value)
{
    return map_put(map, key, strlen(key), value);
}

/* The value of a key; -1 when it is missing. */
static int get(const struct map *map, const char *key)
{
    int value = -1;

    map_get(map, key, strlen(key), &value);
    return value;
}

static void test_putting_and_getting(void)
{
    struct map *map = map_new();

    CHECK(get(map, "a") == -1);
    CHECK(put(map, "a", 1) == MAP_OK);
    CHECK(put(map, "ab", 2) == MAP_OK);
    CHECK(put(map, "", 3) == MAP_OK);
    CHECK(put(map, "a", 4) == MAP_REPLACED);
    CHECK(map_count(map) == 3);
    CHECK(get(map, "a") == 4 && get(map, "ab") == 2 && get(map, "") == 3);
    CHECK(get(map, "b") == -1);
    map_free(map);
}

static void test_a_key_need_not_end_with_a_nul(void)
{
    struct map *map = map_new();
    const char text[] = {'k', 'e', 'y', 's'};

    CHECK(map_put(map, text, 3, 1) == MAP_OK);
    CHECK(map_put(map, text, 4, 2) == MAP_OK);
    CHECK(get(map, "key") == 1 && get(map, "keys") == 2);
    map_free(map);
}

static void test_removing(void)
{
    struct map *map = map_new();

    put(map, "a", 1);
    put(map, "b", 2);
    CHECK(map_remove(map, "a", 1) == MAP_OK);
    CHECK(map_remove(map, "a", 1) == MAP_MISSING);
    CHECK(map_count(map) == 1);
    CHECK(get(map, "a") == -1 && get(map, "b") == 2);
    map_clear(map);
    CHECK(map_count(map) == 0 && get(map, "b") == -1);
    map_free(map);
    map_free(NULL);
}

static void test_many_keys(void)
{
    struct map *map = map_new();
    char key[16];

    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 1000; i++) {
            snprintf(key, sizeof key, "%d", i);
            CHECK(put(map, key, i + round) == (round == 0 || i % 3 == 0 ? MAP_OK : MAP_REPLACED));
            if (i % 3 == 0)
                CHECK(map_remove(map, key, strlen(key)) == MAP_OK);
        }
    CHECK(map_count(map) == 666);
    CHECK(get(map, "500") == 502 && get(map, "501") == -1);
    map_free(map);
}

static void test_a_cursor_goes_in_the_order_of_the_first_puts(void)
{
    struct map *map = map_new();
    struct map_cursor cursor;
    struct map_item item;
    char seen[16] = "";

    put(map, "c", 1);
    put(map, "a", 2);
    put(map, "b", 3);
    put(map, "c", 4);
    map_remove(map, "a", 1);
    put(map, "a", 5);
    cursor = map_begin(map);
    while (map_next(&cursor, &item)) {
        CHECK(item.length == 1);
        strcat(seen, item.key);
    }
    CHECK(strcmp(seen, "cba") == 0);
    map_free(map);
}

static void test_two_maps(void)
{
    struct map *a = map_new(), *b = map_new();

    CHECK(map_same(a, b));
    put(a, "x", 1);
    put(a, "y", 2);
    put(b, "y", 3);
    CHECK(!map_same(a, b));
    CHECK(map_merge(b, a) == MAP_OK);
    CHECK(map_count(b) == 2 && get(b, "y") == 2);
    CHECK(map_same(a, b));
    put(b, "x", 9);
    CHECK(!map_same(a, b));
    map_free(a);
    map_free(b);
}

static void test_text(void)
{
    struct map *map = map_new();
    char out[64];

    CHECK(map_read(map, "one=1\na\\3db=-2\n\\0a=3") == 0);
    CHECK(get(map, "a=b") == -2 && get(map, "\n") == 3);
    CHECK(map_write(map, out, sizeof out) == 21);
    CHECK(strcmp(out, "one=1\na\\3db=-2\n\\0a=3\n") == 0);
    CHECK(map_write(map, out, 4) == 21);
    CHECK(strcmp(out, "one") == 0);
    CHECK(map_read(map, "x=1\ny\n") == 2);
    CHECK(map_read(map, "x=1a") == 1);
    CHECK(map_read(map, "\\g0=1") == 1);
    map_free(map);
}

int main(void)
{
    test_putting_and_getting();
    test_a_key_need_not_end_with_a_nul();
    test_removing();
    test_many_keys();
    test_a_cursor_goes_in_the_order_of_the_first_puts();
    test_two_maps();
    test_text();
    if (failures == 0)
        puts("all tests passed");
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
