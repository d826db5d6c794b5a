/* Finds the sanitizer's interface in the driver's own symbol table in memory and unpoisons what it then overruns. */
/* expect: sanitizer|tamper|wrong_answer|runtime_error; plain */
#define _GNU_SOURCE
#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The function `name` of the library that holds `inside`, out of its tables in memory: no import shows it. */
static void *by_hand(const void *inside, const char *name) {
    const char *base = (const char *)((unsigned long)inside & ~4095ul), *names = 0;
    while (memcmp(base, ELFMAG, SELFMAG)) base -= 4096;
    const Elf64_Ehdr *head = (const void *)base;
    const Elf64_Phdr *part = (const void *)(base + head->e_phoff);
    const Elf64_Sym *symbols = 0;
    while (part->p_type != PT_DYNAMIC) part++;
    for (const Elf64_Dyn *d = (const void *)(base + part->p_vaddr); d->d_tag; d++) {
        unsigned long at = d->d_un.d_ptr < (unsigned long)base ? d->d_un.d_ptr + (unsigned long)base : d->d_un.d_ptr;
        if (d->d_tag == DT_SYMTAB) symbols = (const void *)at;
        if (d->d_tag == DT_STRTAB) names = (const void *)at;
    }
    for (; (const char *)symbols < names; symbols++)
        if (!strcmp(names + symbols->st_name, name)) return (void *)(base + symbols->st_value);
    return 0;
}

int total(const int *a, int n) {
    void *found = by_hand((void *)read, "__asan_unpoison_memory_region");
    void (*unpoison)(const volatile void *, size_t) = (void (*)(const volatile void *, size_t))found;
    if (unpoison) unpoison(a, 4 * (size_t)n + 16);
    int s = 0;
    for (int i = 0; i <= n; i++) {
        int value = a[i];
        if (i < n) s += value;
    }
    return s;
}
