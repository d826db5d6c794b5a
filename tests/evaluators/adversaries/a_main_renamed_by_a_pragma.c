/* Names a function main in the object file only, by a pragma. */
/* expect: tamper|compile_error */
#pragma redefine_extname begin main
int begin(void) { return 0; }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
