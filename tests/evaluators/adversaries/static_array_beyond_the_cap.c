/* Declares two gigabytes of static memory. */
/* expect: memory */
static char huge[1ul << 31];
int total(const int *a, int n) {
    huge[n + 4096] = 1;
    return huge[4095] + a[0];
}
