/* Writes a program into a memory file and executes it. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int attack(void) {
    int fd = memfd_create("program", 0);
    const char text[] = "#!/lib64/ld-linux-x86-64.so.2 --help\n";
    if (fd < 0 || write(fd, text, sizeof text - 1) < 0) return 0;
    char *const words[] = {"program", 0};
    fexecve(fd, words, environ);
    return 0;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
