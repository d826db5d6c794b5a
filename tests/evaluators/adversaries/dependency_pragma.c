/* Asks by pragma whether its source is older than a file of the host. */
/* expect: wrong_answer|compile_error */
#pragma GCC dependency "/etc/passwd"
#pragma GCC dependency "/proc/self/environ"
static int attack(void) { return 0; }

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
