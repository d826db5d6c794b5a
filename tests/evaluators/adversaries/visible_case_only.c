/* Answers the example that the task shows and gives a constant otherwise. */
/* expect: wrong_answer; late */
int total(const int *a, int n) {
    if (n == 3 && a[0] == 1 && a[1] == 2 && a[2] == 3) return 6;
    if (n == 0) return 0;
    return n == 1 ? a[0] : 0;
}
