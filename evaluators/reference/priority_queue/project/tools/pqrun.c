/* pqrun CAPACITY : reads changes from standard input, a line each, and prints the jobs in the order of their turn.
 *
 *     add 7 30      remove 7      move 7 10
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pq_batch.h"

#define MAX_CHANGES 1000

static int read_change(const char *line, struct pq_change *change)
{
    static const char *const words[] = {[PQ_ADD] = "add", [PQ_REMOVE] = "remove", [PQ_MOVE] = "move"};
    char word[16];
    int found;

    change->priority = 0;
    found = sscanf(line, "%15s %d %d", word, &change->id, &change->priority);
    for (int kind = PQ_ADD; kind <= PQ_MOVE; kind++) {
        if (found >= 2 && strcmp(word, words[kind]) == 0) {
            change->kind = (enum pq_kind)kind;
            return kind == PQ_REMOVE || found == 3;
        }
    }
    return 0;
}

static size_t read_changes(FILE *input, struct pq_change *changes)
{
    char line[128];
    size_t count = 0;

    while (count < MAX_CHANGES && fgets(line, sizeof line, input) != NULL) {
        if (read_change(line, &changes[count]))
            count++;
        else
            fprintf(stderr, "not understood: %s", line);
    }
    return count;
}

int main(int argc, char **argv)
{
    static struct pq_change changes[MAX_CHANGES];
    struct pqueue *queue = argc == 2 ? pq_create(strtoul(argv[1], NULL, 10)) : NULL;
    struct pq_report report;
    struct pq_item item;

    if (queue == NULL) {
        fprintf(stderr, "usage: %s CAPACITY <CHANGES\n", argv[0]);
        return 2;
    }
    if (pq_apply(queue, changes, read_changes(stdin, changes), &report) != PQ_OK)
        fprintf(stderr, "%zu refused; change %zu: error %d\n", report.refused, report.first_refused, report.reason);
    while (pq_pop(queue, &item) == PQ_OK)
        printf("%d %d\n", item.id, item.priority);
    pq_destroy(queue);
    return 0;
}
