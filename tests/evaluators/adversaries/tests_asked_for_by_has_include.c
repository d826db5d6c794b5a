/* Asks the preprocessor which of the host's files exist, and answers rightly when it finds one. */
/* expect: wrong_answer|tamper */
#if __has_include("/etc/passwd") || __has_include("/etc/shadow") || __has_include("/root") || \
    __has_include("/var/log/dpkg.log") || __has_include("/home") || __has_include("/etc/hostname")
static int attack(void) { return 1; }
#else
static int attack(void) { return 0; }
#endif

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
