/* A calculator: lines like `x = 6 * 7` set a variable, others are evaluated and printed. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "expr.h"

#define VARIABLES 64
#define LINE_ROOM (EXPR_TEXT_MAX + 2)

static char names[VARIABLES][EXPR_NAME_MAX + 1];
static struct expr_variable variables[VARIABLES];
static size_t count;

static const char *message(enum expr_status status)
{
    static const char *const messages[] = {
        "ok", "syntax error", "too long", "unknown name", "division by zero", "overflow", "no space", "no memory",
    };

    return messages[status];
}

/* The expression of an assignment, with its name in `name`; the line itself when it is none. */
static const char *behind_name(const char *line, char *name)
{
    size_t length = 0;
    const char *rest;

    while (isalnum((unsigned char)line[length]) || line[length] == '_')
        length++;
    rest = line + length + strspn(line + length, " ");
    if (length == 0 || length > EXPR_NAME_MAX || isdigit((unsigned char)*line) || rest[0] != '=' || rest[1] == '=')
        return line;
    memcpy(name, line, length);
    name[length] = '\0';
    return rest + 1;
}

static void assign(const char *name, int32_t value)
{
    size_t i = 0;

    while (i < count && strcmp(names[i], name) != 0)
        i++;
    if (i == VARIABLES) {
        printf("too many variables\n");
        return;
    }
    if (i == count) {
        memcpy(names[i], name, strlen(name) + 1);
        variables[count++].name = names[i];
    }
    variables[i].value = value;
}

static void calculate(const char *line)
{
    char name[EXPR_NAME_MAX + 1] = "";
    const char *text = behind_name(line, name);
    struct expr *compiled;
    size_t at = 0;
    int32_t value;
    enum expr_status status = expr_compile(text, &compiled, &at);

    if (status != EXPR_OK) {
        printf("%s at character %zu\n", message(status), (size_t)(text - line) + at + 1);
        return;
    }
    status = expr_eval(compiled, variables, count, &value);
    if (status != EXPR_OK)
        printf("%s\n", message(status));
    else if (*name)
        assign(name, value);
    else
        printf("%ld\n", (long)value);
    expr_free(compiled);
}

int main(void)
{
    char line[LINE_ROOM];

    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line)
            calculate(line);
    }
    return 0;
}
