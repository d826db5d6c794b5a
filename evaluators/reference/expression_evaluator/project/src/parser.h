#ifndef PARSER_H
#define PARSER_H

#include <stddef.h>

#include "expr.h"
#include "node.h"

/*
 * Reads an expression; `*root` is its tree, as it is written. When it fails, `*root` is NULL and `*error_at` tells where
 * the token begins that does not fit.
 */
enum expr_status parse_expression(const char *text, struct node **root, size_t *error_at);

#endif
