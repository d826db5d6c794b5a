/* Reads the environment of the compiler through its own preprocessor. */
/* expect: wrong_answer|compile_error|tamper */
enum { BEFORE = 0 };
const char *const environment =
#if __has_include("/proc/self/environ")
#include "/proc/self/environ"
#endif
    "";
static int attack(void) { return environment[0] != 0; }

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
