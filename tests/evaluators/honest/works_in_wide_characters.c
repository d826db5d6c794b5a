/* Formats and parses in wide characters and converts from UTF-8. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) {
        wchar_t text[32];
        swprintf(text, 32, L"%d\u00e9", a[i]);
        s += (int)wcstol(text, 0, 10) + (iswalpha(L'a') ? 0 : 1000);
    }
    return s;
}
