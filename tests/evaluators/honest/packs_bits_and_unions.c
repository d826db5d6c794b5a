/* Packs elements into bit fields and reads them back through a union. */
#define _GNU_SOURCE
#include <stdint.h>

struct packed { signed value : 24; unsigned tag : 8; };
union word { struct packed fields; uint32_t raw; unsigned char bytes[4]; };
int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) {
        union word w = {.fields = {a[i], (unsigned)i & 255u}};
        union word copy = {.raw = w.raw};
        s += copy.fields.tag == ((unsigned)i & 255u) ? copy.fields.value : 1000;
    }
    return s;
}
