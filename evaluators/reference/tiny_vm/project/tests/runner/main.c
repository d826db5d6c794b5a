#include <stdio.h>

int run_tests(void);

int main(void)
{
    int failed = run_tests();

    printf("%d checks have failed\n", failed);
    return failed != 0;
}
