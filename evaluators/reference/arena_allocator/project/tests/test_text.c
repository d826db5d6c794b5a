#include <string.h>

#include "arena_text.h"
#include "arena_vector.h"
#include "check.h"

static void test_strings(void)
{
    struct arena *arena = arena_new(16);
    const char *parts[] = {"a", "", "bcd"};

    CHECK(strcmp(arena_copy(arena, "hello"), "hello") == 0);
    CHECK(strcmp(arena_copy_part(arena, "hello", 2), "he") == 0);
    CHECK(strcmp(arena_copy_part(arena, "hi", 9), "hi") == 0);
    CHECK(strcmp(arena_join(arena, parts, 3, ", "), "a, , bcd") == 0);
    CHECK(strcmp(arena_join(arena, parts, 0, ", "), "") == 0);
    CHECK(strcmp(arena_format(arena, "%d-%s", 12, "a text that is long"), "12-a text that is long") == 0);
    arena_free(arena);
}

static void test_a_vector(void)
{
    struct arena *arena = arena_new(64);
    struct arena_vector vector = {.arena = arena};
    int item = 0;

    CHECK(!arena_vector_pop(&vector, &item));
    for (int i = 0; i < 100; i++)
        CHECK(arena_vector_push(&vector, i));
    CHECK(arena_vector_insert(&vector, 0, -1));
    CHECK(!arena_vector_insert(&vector, 102, 0));
    CHECK(vector.count == 101 && vector.items[0] == -1 && vector.items[50] == 49);
    CHECK(arena_vector_pop(&vector, &item) && item == 99);
    arena_free(arena);
}

int main(void)
{
    test_strings();
    test_a_vector();
    return finish("text");
}
