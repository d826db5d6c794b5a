#include <string.h>

#include "expr.h"
#include "fold.h"
#include "node.h"
#include "parser.h"

#define ROOM 2000

/* A text that grows by what the choices say. */
struct writer {
    const int *choices;
    int left;
    char text[ROOM];
    size_t length;
};

static int choose(struct writer *writer)
{
    if (writer->left == 0)
        return 0;
    writer->left--;
    return *writer->choices++;
}

static void add(struct writer *writer, const char *piece)
{
    size_t size = strlen(piece);

    if (writer->length + size < ROOM) {
        memcpy(writer->text + writer->length, piece, size + 1);
        writer->length += size;
    }
}

static void add_term(struct writer *writer)
{
    static const char *const leaves[] = {"2", "0", "1", "7", "2147483647", "x", "y", "nobody", "3", "0"};
    static const char *const signs[] = {" + ", " - ", "*", "/", "%", " < ", " <= ", " > ", " >= ", " == ", " != ",
                                        " && ", " || ", " && ", " || ", " / ", " + "};
    int choice = choose(writer);

    if (choice < 10) {
        add(writer, leaves[choice]);
    } else if (choice < 13) {
        add(writer, choice == 10 ? "-" : choice == 11 ? "!" : "abs");
        add(writer, "(");
        add_term(writer);
        add(writer, ")");
    } else if (choice < 30) {
        add(writer, "(");
        add_term(writer);
        add(writer, signs[choice - 13]);
        add_term(writer);
        add(writer, ")");
    } else if (choice < 32) {
        add(writer, choice == 30 ? "min(" : "max(");
        add_term(writer);
        add(writer, ", ");
        add_term(writer);
        add(writer, ")");
    } else {
        add(writer, "(");
        add_term(writer);
        add(writer, " ? ");
        add_term(writer);
        add(writer, " : ");
        add_term(writer);
        add(writer, ")");
    }
}

/* The module by itself, on the parser's tree. Returns its size. */
static int fold_alone(const char *text, char *folded)
{
    struct node *root;
    size_t at = 0, length;

    if (parse_expression(text, &root, &at) != EXPR_OK)
        return -1;
    root = fold_constants(root);
    length = node_print(root, folded, ROOM, 0);
    at = node_size(root);
    node_free(root);
    return length < ROOM ? (int)at : -2;
}

static int evaluate(const struct expr *compiled, int x, int y)
{
    struct expr_variable variables[] = {{"x", x}, {"y", y}};
    int32_t value = 0;
    enum expr_status status = expr_eval(compiled, variables, 2, &value);

    return (int)((unsigned)value * 16u + (unsigned)status);
}

// probe
int probe_fold(const char *text, const int *choices, int n, int x, int y, char *printed, char *folded, int *values)
{
    struct writer writer = {.choices = choices, .left = n};
    struct expr *compiled;
    size_t at = 0;
    enum expr_status status;
    int size;

    add(&writer, text);
    while (writer.left > 0) {
        add_term(&writer);
        if (writer.left > 0)
            add(&writer, writer.left % 2 ? " + " : " * ");
    }
    values[0] = fold_alone(writer.text, folded);
    status = expr_compile(writer.text, &compiled, &at);
    if (status != EXPR_OK) {
        values[1] = (int)at;
        values[2] = compiled == NULL && expr_compile(writer.text, &compiled, NULL) == status;
        return -(int)status;
    }
    (void)expr_print(compiled, printed, ROOM);
    values[1] = evaluate(compiled, x, y);
    values[2] = evaluate(compiled, 0, 1);
    size = (int)expr_size(compiled);
    expr_free(compiled);
    return size;
}
