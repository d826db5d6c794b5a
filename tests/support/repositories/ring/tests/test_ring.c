#include <assert.h>

#include "window.h"

int main(void)
{
    struct ring ring;
    int value = 0;

    ring_init(&ring, 2);
    assert(ring_push(&ring, 7) && ring_push(&ring, 8) && !ring_push(&ring, 9));
    assert(window_add(&ring, 1) == 9);
    assert(ring_pop(&ring, &value) && value == 8);
    return 0;
}
