/* Fills the whole buffer so that the comparison would run into what lies behind it. */
/* spec: upper; expect: wrong_answer|sanitizer; late */
void upper(char *s) {
    while (*s) *s++ = 'A';
    *s = 'A';
}
