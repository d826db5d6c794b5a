#include "check.h"
#include "pqueue.h"

static void jobs_come_out_in_their_order(void)
{
    static const int priorities[] = {5, 3, 9, 3, 1, 7};
    static const int expected[] = {4, 1, 3, 0, 5, 2};
    struct pqueue *queue = pq_create(6);
    struct pq_item item;

    for (int id = 0; id < 6; id++)
        CHECK(pq_push(queue, id, priorities[id]) == PQ_OK);
    CHECK(pq_push(queue, 6, 0) == PQ_FULL);
    for (int i = 0; i < 6; i++)
        CHECK(pq_pop(queue, &item) == PQ_OK && item.id == expected[i]);
    CHECK(pq_pop(queue, &item) == PQ_EMPTY);
    pq_destroy(queue);
}

static void an_id_is_there_once(void)
{
    struct pqueue *queue = pq_create(2);
    int priority = 0;

    CHECK(pq_push(queue, 7, 20) == PQ_OK);
    CHECK(pq_push(queue, 7, 10) == PQ_KNOWN);
    CHECK(pq_priority(queue, 7, &priority) == PQ_OK && priority == 20);
    CHECK(pq_priority(queue, 8, &priority) == PQ_UNKNOWN);
    pq_destroy(queue);
}

static void a_queue_is_emptied_into_another(void)
{
    struct pqueue *from = pq_create(3), *to = pq_create(2);
    struct pq_item item;

    for (int id = 0; id < 3; id++)
        pq_push(from, id, 10 - id);
    CHECK(pq_move_all(to, from) == 2);
    CHECK(pq_size(from) == 1 && pq_peek(from, &item) == PQ_OK && item.id == 0);
    CHECK(pq_peek(to, &item) == PQ_OK && item.id == 2);
    pq_destroy(from);
    pq_destroy(to);
}

int main(void)
{
    jobs_come_out_in_their_order();
    an_id_is_there_once();
    a_queue_is_emptied_into_another();
    return failures != 0;
}
