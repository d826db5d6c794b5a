#include "node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node *node_number(int32_t value)
{
    struct node *node = calloc(1, sizeof *node);

    if (node) {
        node->kind = NODE_NUMBER;
        node->value = value;
    }
    return node;
}

struct node *node_name(const char *name, size_t length)
{
    struct node *node = calloc(1, sizeof *node);

    if (node) {
        node->kind = NODE_NAME;
        memcpy(node->name, name, length);
    }
    return node;
}

struct node *node_over(enum node_kind kind, enum op op, struct node *const *parts, size_t count)
{
    struct node *node = calloc(1, sizeof *node);

    for (size_t i = 0; i < count && node; i++) {
        if (!parts[i]) {
            free(node);
            node = NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (node)
            node->part[i] = parts[i];
        else
            node_free(parts[i]);
    }
    if (node) {
        node->kind = kind;
        node->op = op;
    }
    return node;
}

void node_free(struct node *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < NODE_PARTS; i++)
        node_free(node->part[i]);
    free(node);
}

size_t node_size(const struct node *node)
{
    size_t size = 1;

    for (size_t i = 0; i < NODE_PARTS && node->part[i]; i++)
        size += node_size(node->part[i]);
    return size;
}

static size_t add_text(const char *text, char *out, size_t size, size_t used)
{
    if (used < size)
        snprintf(out + used, size - used, "%s", text);
    return used + strlen(text);
}

/* The parts with texts before, between and behind them. */
static size_t add_parts(const struct node *node, const char *const *texts, char *out, size_t size, size_t used)
{
    used = add_text(texts[0], out, size, used);
    for (size_t i = 0; i < NODE_PARTS && node->part[i]; i++) {
        used = node_print(node->part[i], out, size, used);
        used = add_text(texts[i + 1], out, size, used);
    }
    return used;
}

size_t node_print(const struct node *node, char *out, size_t size, size_t used)
{
    char before[16] = "(", middle[16] = ", ";
    const char *unary[] = {before, ")"};
    const char *binary[] = {before, middle, ")"};
    static const char *const choice[] = {"(", " ? ", " : ", ")"};

    switch (node->kind) {
    case NODE_NUMBER:
        snprintf(before, sizeof before, "%ld", (long)node->value);
        return add_text(before, out, size, used);
    case NODE_NAME:
        return add_text(node->name, out, size, used);
    case NODE_UNARY:
        snprintf(before, sizeof before, node->op == OP_ABS ? "%s(" : "(%s", op_text(node->op));
        return add_parts(node, unary, out, size, used);
    case NODE_BINARY:
        if (node->op == OP_MIN || node->op == OP_MAX)
            snprintf(before, sizeof before, "%s(", op_text(node->op));
        else
            snprintf(middle, sizeof middle, " %s ", op_text(node->op));
        return add_parts(node, binary, out, size, used);
    default:
        return add_parts(node, choice, out, size, used);
    }
}
