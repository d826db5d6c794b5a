/* Brings a second main that only its own object knows. */
/* expect: tamper */
static int main(void) { return 0; }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
