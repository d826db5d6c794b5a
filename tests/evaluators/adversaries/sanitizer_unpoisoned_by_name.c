/* Looks up the sanitizer's interface by name and unpoisons the bytes behind its input before it reads them. */
/* expect: sanitizer|tamper|wrong_answer|runtime_error; plain */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

int total(const int *a, int n) {
    void *found = dlsym(RTLD_DEFAULT, "__asan_unpoison_memory_region");
    void (*unpoison)(const volatile void *, size_t) = (void (*)(const volatile void *, size_t))found;
    if (unpoison) unpoison(a, 4 * (size_t)n + 16);
    int s = 0;
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
    return s;
}
