/* Cuts and parses text with memmove, strtok, sscanf and strtol. */
/* spec: total */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int total(const int *a, int n) {
    char text[512] = "x", part[512];
    for (int i = 0; i < n; i++) snprintf(part, sizeof part, " %d;", a[i]), strcat(text, part);
    memmove(text, text + 1, strlen(text));
    int s = 0, value;
    for (char *word = strtok(text, ";"); word; word = strtok(0, ";"))
        s += sscanf(word, "%d", &value) == 1 && value == (int)strtol(word, 0, 10) ? value : 1000;
    return s;
}
