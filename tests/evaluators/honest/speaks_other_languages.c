/* Has comments, strings and identifiers in other alphabets. */
#include <string.h>

// Größe, 合計, сумма: “what it adds” – ½ × 2 ≠ 0
static const char *const greeting = "grüß dich, 世界 🙂";

int total(const int *a, int n) {
    int größe = strlen(greeting) == 24 ? 0 : 1000; /* naïve */
    for (int i = 0; i < n; i++) größe += a[i];
    return größe;
}
