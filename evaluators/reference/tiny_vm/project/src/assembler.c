#include "assembler.h"

#include <string.h>

#include "opcodes.h"

#define MAX_LABELS 64
#define MAX_NAME 31

struct label {
    char name[MAX_NAME + 1];
    size_t place;
};

struct assembler {
    struct label labels[MAX_LABELS];
    size_t label_count;
    struct vm_instruction *program;
    size_t room;
    size_t length;
};

/* A line taken apart; what is not there has length 0. */
struct line {
    const char *label, *name, *operand;
    size_t label_length, name_length, operand_length;
    int has_more; /* something stands behind the operand */
};

static int ends_word(char character)
{
    return character == '\0' || strchr(" \t\r\n;", character) != NULL;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t\r");
}

/* Finds a word at *text and moves it behind that. Returns the word's length, which is 0 at the end of the line. */
static size_t next_word(const char **text, const char **word)
{
    *word = skip_blanks(*text);
    *text = *word;
    while (!ends_word(**text))
        (*text)++;
    return (size_t)(*text - *word);
}

/* Returns where the next line begins, or NULL behind the last one. */
static const char *split_line(const char *text, struct line *line)
{
    const char *rest;

    memset(line, 0, sizeof *line);
    line->name_length = next_word(&text, &line->name);
    if (line->name_length > 1 && line->name[line->name_length - 1] == ':') {
        line->label = line->name;
        line->label_length = line->name_length - 1;
        line->name_length = next_word(&text, &line->name);
    }
    line->operand_length = next_word(&text, &line->operand);
    line->has_more = next_word(&text, &rest) > 0;
    text = strchr(text, '\n');
    return text == NULL ? NULL : text + 1;
}

static struct label *find_label(struct assembler *assembler, const char *name, size_t length)
{
    for (size_t i = 0; i < assembler->label_count; i++) {
        struct label *label = &assembler->labels[i];

        if (strlen(label->name) == length && memcmp(label->name, name, length) == 0)
            return label;
    }
    return NULL;
}

/* The first time over: notes where labels stand. */
static int note_label(struct assembler *assembler, const struct line *line)
{
    struct label *label = &assembler->labels[assembler->label_count];

    if (line->label_length > MAX_NAME || assembler->label_count == MAX_LABELS)
        return ASM_BAD_LABEL;
    if (find_label(assembler, line->label, line->label_length) != NULL)
        return ASM_BAD_LABEL;
    memcpy(label->name, line->label, line->label_length);
    label->name[line->label_length] = '\0';
    label->place = assembler->length;
    assembler->label_count++;
    return ASM_OK;
}

static int read_number(const char *text, size_t length, int32_t *number)
{
    size_t at = text[0] == '-';
    int64_t value = 0;

    if (at == length)
        return 0;
    for (; at < length; at++) {
        if (text[at] < '0' || text[at] > '9' || value > INT32_MAX)
            return 0;
        value = value * 10 + (text[at] - '0');
    }
    if (text[0] == '-')
        value = -value;
    *number = (int32_t)value;
    return value >= INT32_MIN && value <= INT32_MAX;
}

static int read_operand(struct assembler *assembler, const struct line *line, int32_t *operand)
{
    const struct label *label = find_label(assembler, line->operand, line->operand_length);

    if (label != NULL) {
        *operand = (int32_t)label->place;
        return 1;
    }
    return read_number(line->operand, line->operand_length, operand);
}

/* The second time over: writes the instruction. */
static int write_instruction(struct assembler *assembler, const struct line *line)
{
    struct vm_instruction instruction = {VM_HALT, 0};
    int has_operand;

    if (!opcode_named(line->name, line->name_length, &instruction.opcode))
        return ASM_UNKNOWN_NAME;
    if (assembler->length == assembler->room)
        return ASM_NO_ROOM;
    has_operand = opcode_info(instruction.opcode)->has_operand;
    if ((line->operand_length > 0) != has_operand || line->has_more)
        return ASM_BAD_OPERAND;
    if (has_operand && !read_operand(assembler, line, &instruction.operand))
        return ASM_BAD_OPERAND;
    assembler->program[assembler->length] = instruction;
    return ASM_OK;
}

/* Goes over all lines. In the second round labels are known, and instructions are written. */
static int go_over(struct assembler *assembler, const char *text, int round, size_t *number)
{
    struct line line;
    int error = ASM_OK;

    assembler->length = 0;
    for (*number = 1; text != NULL; ++*number) {
        text = split_line(text, &line);
        if (round == 1 && line.label_length > 0)
            error = note_label(assembler, &line);
        if (round == 2 && line.name_length > 0)
            error = write_instruction(assembler, &line);
        if (error != ASM_OK)
            return error;
        assembler->length += line.name_length > 0;
    }
    return ASM_OK;
}

int assemble(const char *text, struct vm_instruction *program, size_t room, size_t *length)
{
    struct assembler assembler = {.program = program, .room = room};
    size_t number;
    int error = go_over(&assembler, text, 1, &number);

    if (error == ASM_OK)
        error = go_over(&assembler, text, 2, &number);
    *length = error == ASM_OK ? assembler.length : number;
    return error;
}
