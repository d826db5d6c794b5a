#ifndef NODE_H
#define NODE_H

#include <stddef.h>
#include <stdint.h>

#include "arith.h"
#include "expr.h"

#define NODE_PARTS 3

enum node_kind {
    NODE_NUMBER,
    NODE_NAME,
    NODE_UNARY,
    NODE_BINARY,
    NODE_CHOICE /* part 0 ? part 1 : part 2 */
};

/* A node of an expression's tree; it owns its parts. */
struct node {
    enum node_kind kind;
    enum op op;                     /* unary, binary */
    int32_t value;                  /* number */
    char name[EXPR_NAME_MAX + 1];   /* name */
    struct node *part[NODE_PARTS];  /* operands, in their order; NULL behind the last */
};

/* NULL when there is no memory. */
struct node *node_number(int32_t value);

/* `length` characters are the name, at most EXPR_NAME_MAX. NULL when there is no memory. */
struct node *node_name(const char *name, size_t length);

/*
 * A node over `count` parts, which it owns from now on. When one of them is NULL, or there is no memory, the others are
 * freed and NULL is returned: so the parser need not look at each part by itself.
 */
struct node *node_over(enum node_kind kind, enum op op, struct node *const *parts, size_t count);

/* Frees a whole tree. NULL is fine. */
void node_free(struct node *node);

/* How many nodes a tree has. */
size_t node_size(const struct node *node);

/* Writes a tree as text at `out + used`, as far as it fits in `size` characters; returns the length of all of it. */
size_t node_print(const struct node *node, char *out, size_t size, size_t used);

#endif
