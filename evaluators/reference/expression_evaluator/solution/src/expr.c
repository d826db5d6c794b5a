#include "expr.h"

#include <stdlib.h>
#include <string.h>

#include "arith.h"
#include "fold.h"
#include "node.h"
#include "parser.h"

struct expr {
    struct node *root;
};

/* What the names of an expression mean. */
struct scope {
    const struct expr_variable *variables;
    size_t count;
};

static enum expr_status look_up(const char *name, const struct scope *scope, int32_t *value)
{
    for (size_t i = 0; i < scope->count; i++) {
        if (strcmp(scope->variables[i].name, name) == 0) {
            *value = scope->variables[i].value;
            return EXPR_OK;
        }
    }
    return EXPR_UNKNOWN_NAME;
}

static enum expr_status eval_node(const struct node *node, const struct scope *scope, int32_t *value)
{
    int32_t first, second;
    enum expr_status status;

    if (node->kind == NODE_NUMBER) {
        *value = node->value;
        return EXPR_OK;
    }
    if (node->kind == NODE_NAME)
        return look_up(node->name, scope, value);
    status = eval_node(node->part[0], scope, &first);
    if (status != EXPR_OK)
        return status;
    if (node->kind == NODE_UNARY)
        return apply_unary(node->op, first, value);
    if (node->kind == NODE_CHOICE)
        return eval_node(node->part[first ? 1 : 2], scope, value);
    if ((node->op == OP_AND && !first) || (node->op == OP_OR && first)) {
        *value = first != 0;
        return EXPR_OK;
    }
    status = eval_node(node->part[1], scope, &second);
    return status == EXPR_OK ? apply_binary(node->op, first, second, value) : status;
}

enum expr_status expr_compile(const char *text, struct expr **compiled, size_t *error_at)
{
    struct node *root;
    size_t at;
    enum expr_status status = parse_expression(text, &root, error_at ? error_at : &at);

    *compiled = NULL;
    if (status != EXPR_OK)
        return status;
    *compiled = malloc(sizeof **compiled);
    if (!*compiled) {
        node_free(root);
        return EXPR_NO_MEMORY;
    }
    (*compiled)->root = fold_constants(root);
    return EXPR_OK;
}

enum expr_status expr_eval(const struct expr *compiled, const struct expr_variable *variables, size_t count,
                           int32_t *value)
{
    struct scope scope = {variables, count};
    int32_t result;
    enum expr_status status = eval_node(compiled->root, &scope, &result);

    if (status == EXPR_OK)
        *value = result;
    return status;
}

enum expr_status expr_print(const struct expr *compiled, char *out, size_t size)
{
    return node_print(compiled->root, out, size, 0) < size ? EXPR_OK : EXPR_NO_SPACE;
}

size_t expr_size(const struct expr *compiled)
{
    return node_size(compiled->root);
}

void expr_free(struct expr *compiled)
{
    if (compiled)
        node_free(compiled->root);
    free(compiled);
}
