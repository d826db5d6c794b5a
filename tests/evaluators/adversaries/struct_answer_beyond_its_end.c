/* Leaves the struct's members as they are and writes the answer behind its end. */
/* spec: push; expect: sanitizer|wrong_answer|runtime_error; late */
int push(Stack *s, int value) {
    int *beyond = (int *)(s + 1);
    *(volatile int *)beyond = value;
    return s->depth < 8;
}
