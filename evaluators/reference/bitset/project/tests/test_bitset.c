#include <stdlib.h>

#include "bitset.h"
#include "bitset_algebra.h"
#include "check.h"

static void members_come_and_go(void)
{
    struct bitset *set = bitset_create(70);

    CHECK(bitset_add(set, 0) == BITSET_OK);
    CHECK(bitset_add(set, 69) == BITSET_OK);
    CHECK(bitset_add(set, 70) == BITSET_OUT_OF_RANGE);
    CHECK(bitset_has(set, 69) && !bitset_has(set, 68) && !bitset_has(set, 700));
    CHECK(bitset_count(set) == 2);
    CHECK(bitset_remove(set, 0) == BITSET_OK && bitset_count(set) == 1);
    CHECK(bitset_next(set, 0) == 69);
    bitset_clear(set);
    CHECK(bitset_next(set, 0) == 70);
    bitset_destroy(set);
}

static void ranges_lie_in_one_word_or_in_several(void)
{
    struct bitset *set = bitset_create(200);
    size_t count = 99;

    CHECK(bitset_add_range(set, 3, 7) == BITSET_OK && bitset_count(set) == 4);
    CHECK(bitset_add_range(set, 60, 140) == BITSET_OK && bitset_count(set) == 84);
    CHECK(bitset_remove_range(set, 64, 128) == BITSET_OK && bitset_count(set) == 20);
    CHECK(bitset_flip_range(set, 0, 200) == BITSET_OK && bitset_count(set) == 180);
    CHECK(bitset_count_range(set, 60, 141, &count) == BITSET_OK && count == 65);
    bitset_destroy(set);
}

static void ranges_outside_the_set_change_nothing(void)
{
    struct bitset *set = bitset_create(64);
    size_t count = 99;

    CHECK(bitset_add_range(set, 64, 64) == BITSET_OK);
    CHECK(bitset_add_range(set, 5, 4) == BITSET_OUT_OF_RANGE);
    CHECK(bitset_flip_range(set, 0, 65) == BITSET_OUT_OF_RANGE);
    CHECK(bitset_count_range(set, 0, 65, &count) == BITSET_OUT_OF_RANGE && count == 99);
    CHECK(bitset_count(set) == 0);
    bitset_destroy(set);
}

static void sets_are_combined(void)
{
    struct bitset *a = bitset_create(100), *b = bitset_create(100), *c = bitset_create(99);
    struct bitset *copy;

    bitset_add_range(a, 10, 80);
    bitset_add_range(b, 70, 100);
    copy = bitset_copy(a);
    CHECK(bitset_equal(a, copy) && bitset_unite(a, c) == BITSET_OTHER_SIZE);
    CHECK(bitset_unite(a, b) == BITSET_OK && bitset_count(a) == 90);
    CHECK(bitset_is_subset(b, a) && !bitset_is_subset(a, b));
    CHECK(bitset_intersect(copy, b) == BITSET_OK && bitset_count(copy) == 10);
    CHECK(bitset_subtract(a, b) == BITSET_OK && bitset_count(a) == 60);
    bitset_destroy(a);
    bitset_destroy(b);
    bitset_destroy(c);
    bitset_destroy(copy);
}

int main(void)
{
    members_come_and_go();
    ranges_lie_in_one_word_or_in_several();
    ranges_outside_the_set_change_nothing();
    sets_are_combined();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
