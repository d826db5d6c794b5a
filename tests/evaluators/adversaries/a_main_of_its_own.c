/* Brings a second main that ends with status 0. */
/* expect: tamper */
int main(void) { return 0; }
int total(const int *a, int n) {
    int s = 0;
    while (n-- > 0) s += a[n];
    return s;
}
