#include "check.h"
#include "pq_batch.h"

static void changes_are_made_one_after_another(void)
{
    static const struct pq_change changes[] = {
        {PQ_ADD, 1, 50}, {PQ_ADD, 2, 40}, {PQ_ADD, 3, 30}, {PQ_MOVE, 1, 10}, {PQ_REMOVE, 3, 0}, {PQ_ADD, 2, 20},
    };
    struct pqueue *queue = pq_create(3);
    struct pq_report report;
    struct pq_item item;

    CHECK(pq_apply(queue, changes, 6, &report) == PQ_OK);
    CHECK(report.added == 3 && report.removed == 1 && report.moved == 2 && report.refused == 0);
    CHECK(pq_pop(queue, &item) == PQ_OK && item.id == 1 && item.priority == 10);
    CHECK(pq_pop(queue, &item) == PQ_OK && item.id == 2 && item.priority == 20);
    CHECK(pq_size(queue) == 0);
    pq_destroy(queue);
}

static void what_is_refused_is_reported(void)
{
    static const struct pq_change changes[] = {
        {PQ_ADD, 1, 50}, {PQ_REMOVE, 9, 0}, {PQ_ADD, 2, 5}, {PQ_ADD, 1, 50}, {PQ_MOVE, 1, 50}, {PQ_MOVE, 1, 60},
    };
    struct pqueue *queue = pq_create(1);
    struct pq_report report;

    CHECK(pq_apply(queue, changes, 6, &report) == PQ_UNKNOWN);
    CHECK(report.refused == 3 && report.first_refused == 1 && report.reason == PQ_UNKNOWN);
    CHECK(report.added == 1 && report.moved == 1 && pq_size(queue) == 1);
    pq_destroy(queue);
}

int main(void)
{
    changes_are_made_one_after_another();
    what_is_refused_is_reported();
    return failures != 0;
}
