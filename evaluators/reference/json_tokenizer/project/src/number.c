#include "number.h"

static size_t digits(const char *text, size_t length, size_t at)
{
    while (at < length && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* Behind ".5", or `at` itself when there is no fraction; 0 for a point without digits. */
static size_t behind_fraction(const char *text, size_t length, size_t at)
{
    size_t end;

    if (at == length || text[at] != '.')
        return at;
    end = digits(text, length, at + 1);
    return end > at + 1 ? end : 0;
}

/* Behind "e-5", or `at` itself when there is no exponent; 0 for one without digits. */
static size_t behind_exponent(const char *text, size_t length, size_t at)
{
    size_t first, end;

    if (at == length || (text[at] != 'e' && text[at] != 'E'))
        return at;
    first = at + 1;
    if (first < length && (text[first] == '+' || text[first] == '-'))
        first++;
    end = digits(text, length, first);
    return end > first ? end : 0;
}

size_t number_length(const char *text, size_t length)
{
    size_t first = length > 0 && text[0] == '-' ? 1 : 0;
    size_t at = digits(text, length, first);

    if (at == first || (text[first] == '0' && at > first + 1))
        return 0;
    at = behind_fraction(text, length, at);
    if (at == 0)
        return 0;
    return behind_exponent(text, length, at);
}
