#include "recency.h"

void recency_push(struct recency *order, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = order->newest;
    if (order->newest)
        order->newest->newer = entry;
    else
        order->oldest = entry;
    order->newest = entry;
}

void recency_drop(struct recency *order, struct entry *entry)
{
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        order->newest = entry->older;
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        order->oldest = entry->newer;
    entry->newer = NULL;
    entry->older = NULL;
}

void recency_touch(struct recency *order, struct entry *entry)
{
    if (order->newest == entry)
        return;
    recency_drop(order, entry);
    recency_push(order, entry);
}
