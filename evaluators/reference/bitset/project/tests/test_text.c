#include <stdlib.h>
#include <string.h>

#include "bitset_text.h"
#include "check.h"

static void a_list_is_read_and_written(void)
{
    struct bitset *set = bitset_create(130);
    char text[32];

    CHECK(bitset_parse(set, "3,4,9-12,129,5") == BITSET_OK);
    CHECK(bitset_format(set, text, sizeof text) == BITSET_OK);
    CHECK(strcmp(text, "3-5,9-12,129") == 0);
    CHECK(bitset_format(set, text, 12) == BITSET_NO_ROOM);
    bitset_clear(set);
    CHECK(bitset_parse(set, "") == BITSET_OK);
    CHECK(bitset_format(set, text, 1) == BITSET_OK && text[0] == '\0');
    bitset_destroy(set);
}

static void what_is_no_list_is_refused(void)
{
    static const char *const wrong[] = {",", "1,", "1,,2", "-3", "4-", "5-4", "a", "1 ,2", "7-8-9"};
    struct bitset *set = bitset_create(20);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(bitset_parse(set, wrong[i]) == BITSET_SYNTAX);
    CHECK(bitset_parse(set, "20") == BITSET_OUT_OF_RANGE);
    CHECK(bitset_parse(set, "5-99999999999999999999") == BITSET_OUT_OF_RANGE);
    bitset_destroy(set);
}

int main(void)
{
    a_list_is_read_and_written();
    what_is_no_list_is_refused();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
