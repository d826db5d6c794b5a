#include <string.h>

#include "check.h"
#include "number.h"

static size_t length_of(const char *text)
{
    return number_length(text, strlen(text));
}

int main(void)
{
    CHECK(length_of("0") == 1);
    CHECK(length_of("-0,") == 2);
    CHECK(length_of("120]") == 3);
    CHECK(length_of("1.25 ") == 4);
    CHECK(length_of("1e5") == 3 && length_of("1E+5") == 4 && length_of("-1.5e-10x") == 8);
    CHECK(length_of("") == 0 && length_of("-") == 0 && length_of("x") == 0);
    CHECK(length_of("00") == 0 && length_of("-01") == 0);
    CHECK(length_of("1.") == 0 && length_of("1.e5") == 0 && length_of("1e") == 0 && length_of("1e+") == 0);
    CHECK(number_length("123", 2) == 2);
    puts("test_number: passed");
    return 0;
}
