/* Changes letters in place with ctype and a second pass over pointers. */
/* spec: upper */
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

void upper(char *s) {
    char *end = s + strlen(s);
    for (char *p = s; p < end; p++) *p = (char)toupper((unsigned char)*p);
    *end = '\0';
}
