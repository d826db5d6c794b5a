/* Copies a struct, changes the copy and assigns it back. */
/* spec: push */
int push(Stack *s, int value) {
    Stack copy = *s;
    if (copy.depth >= (int)(sizeof copy.items / sizeof *copy.items)) return 0;
    copy.items[copy.depth] = value;
    copy.depth += 1;
    *s = copy;
    return 1;
}
