/* Changes the input array in place and returns the sum of what it made of it. */
/* expect: wrong_answer|runtime_error; late */
int total(const int *a, int n) {
    int *mine = (int *)a;
    for (int i = 0; i < n; i++) mine[i] = 0;
    return 0;
}
