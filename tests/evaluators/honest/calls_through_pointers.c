/* Calls through a table of function pointers and a struct of them. */
typedef int (*operation)(int, int);
static int add(int x, int y) { return x + y; }
static int subtract(int x, int y) { return x - y; }
static const struct { operation run; int sign; } table[] = {{add, 1}, {subtract, -1}};
int total(const int *a, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) s = table[i % 2].run(s, table[i % 2].sign * a[i]);
    return s;
}
