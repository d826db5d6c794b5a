/* Gives in each call the answer that would have been right in the call before. */
/* expect: wrong_answer; late */
int total(const int *a, int n) {
    static int last;
    int s = 0, answer = last;
    for (int i = 0; i < n; i++) s += a[i];
    last = s;
    return answer;
}
