#include "fold.h"

#include <stdbool.h>

#include "arith.h"

static bool is_number(const struct node *node)
{
    return node->kind == NODE_NUMBER;
}

/* Computes an operation whose operands are folded. False when they do not decide its value, or it has none. */
static bool computed(const struct node *node, int32_t *value)
{
    const struct node *first = node->part[0], *second = node->part[1];

    if (!is_number(first))
        return false;
    if (node->kind == NODE_UNARY)
        return apply_unary(node->op, first->value, value) == EXPR_OK;
    if ((node->op == OP_AND && !first->value) || (node->op == OP_OR && first->value)) {
        *value = first->value != 0;
        return true;
    }
    return is_number(second) && apply_binary(node->op, first->value, second->value, value) == EXPR_OK;
}

/* Makes a number of an operation. */
static void become_number(struct node *node, int32_t value)
{
    node->kind = NODE_NUMBER;
    node->value = value;
    for (int i = 0; i < NODE_PARTS; i++) {
        node_free(node->part[i]);
        node->part[i] = NULL;
    }
}

/* What a choice comes to whose condition is a number. */
static struct node *take_choice(struct node *node)
{
    int which = node->part[0]->value ? 1 : 2;
    struct node *taken = node->part[which];

    node->part[which] = NULL;
    node_free(node);
    return taken;
}

struct node *fold_constants(struct node *root)
{
    int32_t value;

    for (int i = 0; i < NODE_PARTS && root->part[i]; i++)
        root->part[i] = fold_constants(root->part[i]);
    if (root->kind == NODE_CHOICE && is_number(root->part[0]))
        return take_choice(root);
    if ((root->kind == NODE_UNARY || root->kind == NODE_BINARY) && computed(root, &value))
        become_number(root, value);
    return root;
}
