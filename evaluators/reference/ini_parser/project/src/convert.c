#include "ini.h"

#include <limits.h>
#include <string.h>

/* Adds a digit to a number that is kept negative, where there is room for LONG_MIN. False when it does not fit. */
static bool push_digit(long *negative, char digit)
{
    long value = digit - '0';

    if (*negative < (LONG_MIN + value) / 10)
        return false;
    *negative = *negative * 10 - value;
    return true;
}

enum ini_status ini_get_long(const struct ini *document, const char *section, const char *key, long *number)
{
    const char *text = ini_get(document, section, key);
    bool minus;
    long negative = 0;

    if (text == NULL)
        return INI_MISSING;
    minus = text[0] == '-';
    if (text[0] == '-' || text[0] == '+')
        text++;
    if (text[0] == '\0')
        return INI_BAD_VALUE;
    for (; text[0] != '\0'; text++)
        if (text[0] < '0' || text[0] > '9' || !push_digit(&negative, text[0]))
            return INI_BAD_VALUE;
    if (!minus && negative < -LONG_MAX)
        return INI_BAD_VALUE;
    *number = minus ? negative : -negative;
    return INI_OK;
}

enum ini_status ini_get_bool(const struct ini *document, const char *section, const char *key, bool *truth)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    const char *text = ini_get(document, section, key);

    if (text == NULL)
        return INI_MISSING;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0) {
            *truth = i % 2 == 1;
            return INI_OK;
        }
    return INI_BAD_VALUE;
}
