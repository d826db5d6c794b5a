#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "check.h"

static void test_pieces_lie_one_behind_another(void)
{
    struct arena *arena = arena_new(256);
    char *a = arena_take_aligned(arena, 3, 1);
    char *b = arena_take_aligned(arena, 4, 4);
    char *c = arena_take(arena, 1);

    CHECK(b == a + 4);
    CHECK((uintptr_t)c % ARENA_ALIGNMENT == 0);
    CHECK(arena_measure(arena).pieces == 3);
    CHECK(arena_measure(arena).chunks == 1);
    CHECK(arena_measure(arena).used == ARENA_ALIGNMENT + 1);
    CHECK(arena_measure(arena).reserved == 256);
    arena_free(arena);
}

static void test_a_large_piece_has_a_chunk_of_its_own(void)
{
    struct arena *arena = arena_new(64);
    char *small = arena_take_zeroed(arena, 40);
    char *large = arena_take_zeroed(arena, 1000);

    CHECK(small[39] == 0 && large[999] == 0);
    CHECK(arena_measure(arena).chunks == 2);
    CHECK(arena_measure(arena).used == 1040);
    arena_free(arena);
}

static void test_nothing_is_reserved_before_it_is_needed(void)
{
    struct arena *arena = arena_new(64);

    CHECK(arena_measure(arena).chunks == 0);
    arena_reset(arena);
    CHECK(arena_take(arena, 0) != NULL);
    CHECK(arena_measure(arena).used == 1);
    arena_free(arena);
    arena_free(NULL);
}

static void test_rewinding_takes_back_what_came_after_the_mark(void)
{
    struct arena *arena = arena_new(256);
    char *kept = arena_take_aligned(arena, 8, 1);
    struct arena_mark mark = arena_here(arena);
    char *lost = arena_take_aligned(arena, 8, 1);

    memcpy(kept, "keep me", 8);
    arena_rewind(arena, mark);
    CHECK(arena_measure(arena).used == 8);
    CHECK(arena_measure(arena).pieces == 1);
    CHECK(arena_take_aligned(arena, 8, 1) == lost);
    CHECK(strcmp(kept, "keep me") == 0);
    arena_free(arena);
}

static void test_marks_nest(void)
{
    struct arena *arena = arena_new(256);
    struct arena_mark outer = arena_here(arena);
    struct arena_mark inner;

    arena_take_aligned(arena, 10, 1);
    inner = arena_here(arena);
    arena_take_aligned(arena, 20, 1);
    arena_rewind(arena, inner);
    CHECK(arena_measure(arena).used == 10);
    arena_rewind(arena, outer);
    CHECK(arena_measure(arena).used == 0);
    CHECK(arena_measure(arena).pieces == 0);
    arena_free(arena);
}

static void test_a_reset_arena_uses_its_chunks_again(void)
{
    struct arena *arena = arena_new(64);

    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 8; i++)
            arena_take(arena, 32);
        CHECK(arena_measure(arena).chunks == 4);
        arena_reset(arena);
        CHECK(arena_measure(arena).used == 0);
    }
    arena_free(arena);
}

static void test_the_latest_piece_grows_where_it_is(void)
{
    struct arena *arena = arena_new(64);
    char *a = arena_take_aligned(arena, 4, 1);
    char *b;

    memcpy(a, "abc", 4);
    CHECK(arena_grow(arena, a, 4, 20) == a);
    b = arena_take_aligned(arena, 4, 1);
    CHECK(b == a + 20);
    a = arena_grow(arena, a, 20, 24);
    CHECK(a > b && strcmp(a, "abc") == 0);
    a = arena_grow(arena, a, 24, 100);
    CHECK(strcmp(a, "abc") == 0);
    CHECK(arena_measure(arena).chunks == 2);
    arena_free(arena);
}

int main(void)
{
    test_pieces_lie_one_behind_another();
    test_a_large_piece_has_a_chunk_of_its_own();
    test_nothing_is_reserved_before_it_is_needed();
    test_rewinding_takes_back_what_came_after_the_mark();
    test_marks_nest();
    test_a_reset_arena_uses_its_chunks_again();
    test_the_latest_piece_grows_where_it_is();
    return finish("arena");
}
