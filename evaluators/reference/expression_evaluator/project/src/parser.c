#include "parser.h"

#include <string.h>

#include "arith.h"
#include "lexer.h"

#define LOWEST_LEVEL 1
#define HIGHEST_LEVEL 6

/* at: behind the token that is looked at. failed: the token does not fit, or there was no memory. */
struct parser {
    const char *at;
    struct token token;
    enum expr_status failed;
};

/* Operators of two operands by how strongly they bind. */
static const struct {
    const char *text;
    enum op op;
    int level;
} operators[] = {
    {"||", OP_OR, 1},       {"&&", OP_AND, 2},        {"==", OP_EQUAL, 3},   {"!=", OP_NOT_EQUAL, 3},
    {"<", OP_LESS, 4},      {"<=", OP_LESS_EQUAL, 4}, {">", OP_GREATER, 4},  {">=", OP_GREATER_EQUAL, 4},
    {"+", OP_ADD, 5},       {"-", OP_SUBTRACT, 5},    {"*", OP_MULTIPLY, 6}, {"/", OP_DIVIDE, 6},
    {"%", OP_REMAINDER, 6},
};

static struct node *parse_choice(struct parser *parser);

static void advance(struct parser *parser)
{
    lexer_next(&parser->at, &parser->token);
}

static struct node *fail(struct parser *parser)
{
    if (parser->failed == EXPR_OK)
        parser->failed = EXPR_SYNTAX;
    return NULL;
}

/* Goes behind a sign that has to be there. False, and a failure, when it is not. */
static bool expect(struct parser *parser, const char *sign)
{
    if (!token_is(&parser->token, sign)) {
        fail(parser);
        return false;
    }
    advance(parser);
    return true;
}

/* A new node, or a failure for want of memory. */
static struct node *made(struct parser *parser, struct node *node)
{
    if (!node && parser->failed == EXPR_OK)
        parser->failed = EXPR_NO_MEMORY;
    return node;
}

/* The arguments of min, max or abs, from the parenthesis on. */
static struct node *parse_call(struct parser *parser, enum node_kind kind, enum op op)
{
    struct node *arguments[2] = {NULL, NULL};
    size_t count = kind == NODE_UNARY ? 1 : 2;

    for (size_t i = 0; i < count && parser->failed == EXPR_OK; i++)
        if (expect(parser, i == 0 ? "(" : ","))
            arguments[i] = parse_choice(parser);
    if (parser->failed == EXPR_OK)
        expect(parser, ")");
    if (parser->failed != EXPR_OK) {
        node_free(arguments[0]);
        node_free(arguments[1]);
        return NULL;
    }
    return made(parser, node_over(kind, op, arguments, count));
}

static struct node *parse_name(struct parser *parser)
{
    struct token name = parser->token;

    advance(parser);
    if (!token_is(&parser->token, "("))
        return made(parser, node_name(name.start, name.length));
    if (token_is(&name, "min"))
        return parse_call(parser, NODE_BINARY, OP_MIN);
    if (token_is(&name, "max"))
        return parse_call(parser, NODE_BINARY, OP_MAX);
    if (token_is(&name, "abs"))
        return parse_call(parser, NODE_UNARY, OP_ABS);
    return fail(parser);
}

static struct node *parse_primary(struct parser *parser)
{
    struct node *inside;

    if (parser->token.kind == TOKEN_NUMBER) {
        inside = made(parser, node_number(parser->token.value));
        advance(parser);
        return inside;
    }
    if (parser->token.kind == TOKEN_NAME)
        return parse_name(parser);
    if (!expect(parser, "("))
        return NULL;
    inside = parse_choice(parser);
    if (inside && !expect(parser, ")")) {
        node_free(inside);
        return NULL;
    }
    return inside;
}

static struct node *parse_unary(struct parser *parser)
{
    bool minus = token_is(&parser->token, "-");
    struct node *operand;

    if (!minus && !token_is(&parser->token, "!"))
        return parse_primary(parser);
    advance(parser);
    operand = parse_unary(parser);
    return made(parser, node_over(NODE_UNARY, minus ? OP_NEGATE : OP_NOT, &operand, 1));
}

/* Which of the operators the token is, if it is one of this level; else -1. */
static int operator_at(const struct parser *parser, int level)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (operators[i].level == level && token_is(&parser->token, operators[i].text))
            return (int)i;
    return -1;
}

/* Operations that bind at least as strongly as `level`; those of one level group to the left. */
static struct node *parse_level(struct parser *parser, int level)
{
    struct node *left;
    int found;

    if (level > HIGHEST_LEVEL)
        return parse_unary(parser);
    left = parse_level(parser, level + 1);
    while (left && (found = operator_at(parser, level)) >= 0) {
        struct node *operands[2] = {left, NULL};

        advance(parser);
        operands[1] = parse_level(parser, level + 1);
        left = made(parser, node_over(NODE_BINARY, operators[found].op, operands, 2));
    }
    return left;
}

static struct node *parse_choice(struct parser *parser)
{
    struct node *parts[NODE_PARTS] = {parse_level(parser, LOWEST_LEVEL), NULL, NULL};

    if (!parts[0] || !token_is(&parser->token, "?"))
        return parts[0];
    advance(parser);
    parts[1] = parse_choice(parser);
    if (parts[1] && expect(parser, ":"))
        parts[2] = parse_choice(parser);
    return made(parser, node_over(NODE_CHOICE, OP_NOT, parts, NODE_PARTS));
}

enum expr_status parse_expression(const char *text, struct node **root, size_t *error_at)
{
    struct parser parser = {.at = text, .failed = EXPR_OK};

    *root = NULL;
    if (strlen(text) > EXPR_TEXT_MAX) {
        *error_at = EXPR_TEXT_MAX;
        return EXPR_TOO_LONG;
    }
    advance(&parser);
    *root = parse_choice(&parser);
    if (*root && parser.token.kind != TOKEN_END) {
        node_free(*root);
        *root = fail(&parser);
    }
    if (!*root)
        *error_at = (size_t)(parser.token.start - text);
    return parser.failed;
}
