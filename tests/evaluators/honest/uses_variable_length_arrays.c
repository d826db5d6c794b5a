/* Works in a variable-length array, in alloca's memory and in a pointer to an array of variable length. */
#define _GNU_SOURCE
#include <alloca.h>
#include <string.h>

static int sum_rows(int rows, int cols, int (*m)[cols]) {
    int s = 0;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) s += m[r][c];
    return s;
}
int total(const int *a, int n) {
    int copy[n + 1], *other = alloca(sizeof(int) * (size_t)(n + 1));
    int matrix[2][n + 1];
    memset(copy, 0, sizeof copy);
    memset(matrix, 0, sizeof matrix);
    for (int i = 0; i < n; i++) other[i] = copy[i] = a[i];
    for (int i = 0; i < n; i++) matrix[i % 2][i] = i % 2 ? other[i] : copy[i];
    return sum_rows(2, n + 1, matrix);
}
