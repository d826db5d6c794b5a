#include <stdlib.h>

#include "event_log.h"
#include "log_query.h"
#include "log_reader.h"
#include "log_snapshot.h"

#define MOST 8

struct state {
    struct event_log log;
    struct log_reader slow;
    struct log_reader late;
};

static int mixed(int sum, const struct event *event)
{
    return (31 * sum + 7 * (int)event->number + 3 * event->value + (int)event->level + 1) % 65521;
}

/* A copy of the newest events in memory of exactly that size. */
static int snapshot(const struct state *state, size_t max)
{
    struct event *events = malloc(max > 0 ? max * sizeof *events : 1);
    size_t copied = log_snapshot(&state->log, events, max);
    int sum = 0;

    for (size_t i = 0; i < copied && i < max; i++)
        sum = mixed(sum, &events[i]);
    free(events);
    return 100000 * (int)copied + sum;
}

/* What a reader reads, at most so many events; what it lost counts once it has read one. */
static int read_some(struct log_reader *reader, int most)
{
    struct event event;
    int sum = 100000 * (int)log_unread(reader), lost = 0;

    for (int i = 0; i < most && log_read(reader, &event); i++) {
        sum = mixed(sum, &event);
        lost = (int)reader->lost;
    }
    return sum + 70000 * lost;
}

/* What a smaller log holds after the whole log was appended to it. */
static int pass_on(const struct state *state)
{
    struct event slots[3] = {0};
    struct event_log other;
    struct log_reader reader;
    int appended;

    log_init(&other, slots, 3);
    log_set_threshold(&other, LOG_INFO);
    appended = (int)log_append_all(&other, &state->log);
    reader = log_read_from_oldest(&other);
    return 1000000 * appended + read_some(&reader, MOST);
}

static int use(struct state *state, int operation)
{
    if (operation >= 0)
        return log_append(&state->log, (enum log_level)(operation % 4), operation);
    switch (operation) {
    case -1:
        return read_some(&state->slow, 1);
    case -2:
        return (int)log_forget(&state->log, 1);
    case -3:
        return read_some(&state->late, MOST);
    case -4:
        return (int)log_forget(&state->log, 3);
    case -5:
        return snapshot(state, 3);
    case -6:
        return pass_on(state);
    case -7:
        log_set_threshold(&state->log, (enum log_level)(state->log.appended % 3));
        return 0;
    default:
        log_clear(&state->log);
        return 0;
    }
}

// probe
int probe_log(const int *operations, int n, int capacity, int *out)
{
    struct event *slots = calloc((size_t)capacity, sizeof *slots);
    struct state state;
    struct log_reader all;

    log_init(&state.log, slots, (size_t)capacity);
    state.slow = log_read_from_oldest(&state.log);
    state.late = log_read_from_now(&state.log);
    for (int i = 0; i < n; i++) {
        out[4 * i] = use(&state, operations[i]);
        out[4 * i + 1] = (int)log_size(&state.log);
        all = log_read_from_oldest(&state.log);
        out[4 * i + 2] = read_some(&all, MOST);
        out[4 * i + 3] = snapshot(&state, MOST);
    }
    free(slots);
    return (int)state.log.appended;
}
