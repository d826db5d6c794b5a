#include "stats.h"

#include <string.h>

static int row_of(int source)
{
    return source >= 0 && source < STATS_SOURCES ? source : STATS_SOURCES;
}

void stats_init(struct stats *stats)
{
    memset(stats, 0, sizeof *stats);
}

void stats_count(struct stats *stats, const struct event *event)
{
    int row = row_of(event->source);

    stats->handed_out[row]++;
    stats->merged[row] += event->posts - 1;
    stats->last_due = event->due;
}

long stats_total(const struct stats *stats)
{
    long total = 0;

    for (int row = 0; row <= STATS_SOURCES; row++)
        total += stats->handed_out[row];
    return total;
}

void stats_print(const struct stats *stats, FILE *out)
{
    for (int row = 0; row <= STATS_SOURCES; row++) {
        if (stats->handed_out[row] == 0)
            continue;
        if (row < STATS_SOURCES)
            fprintf(out, "source %d: ", row);
        else
            fprintf(out, "others: ");
        fprintf(out, "%ld events, %ld merged\n", stats->handed_out[row], stats->merged[row]);
    }
}
