#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini.h"

static int failures;

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                      \
        }                                                                    \
    } while (0)

static struct ini *parsed(const char *text)
{
    struct ini *document;
    int line;
    enum ini_status status = ini_parse(text, strlen(text), &document, &line);

    if (status != INI_OK) {
        fprintf(stderr, "line %d: %s\n", line, ini_status_text(status));
        exit(EXIT_FAILURE);
    }
    return document;
}

/* Whether a text is refused with that status in that line. */
static bool refused(const char *text, enum ini_status expected, int expected_line)
{
    struct ini *document;
    int line;
    enum ini_status status = ini_parse(text, strlen(text), &document, &line);

    if (status == INI_OK)
        ini_free(document);
    return status == expected && line == expected_line;
}

/* Whether a document of this one line gives k this value. */
static bool reads(const char *text, const char *expected)
{
    struct ini *document = parsed(text);
    const char *value = ini_get(document, "", "k");
    bool same = value != NULL && strcmp(value, expected) == 0;

    ini_free(document);
    return same;
}

static void test_sections(void)
{
    struct ini *document = parsed("top = 1\n[ a ]\nk = x\n\n; c\n[b] # d\r\nk = y\r\n[a]\nk = z\nl=\n");

    CHECK(ini_section_count(document) == 3);
    CHECK(strcmp(ini_section_name(document, 1), "a") == 0);
    CHECK(ini_entry_count(document, 1) == 2);
    CHECK(strcmp(ini_get(document, "", "top"), "1") == 0);
    CHECK(strcmp(ini_get(document, "a", "k"), "z") == 0);
    CHECK(strcmp(ini_get(document, "a", "l"), "") == 0);
    CHECK(strcmp(ini_get(document, "b", "k"), "y") == 0);
    CHECK(ini_get(document, "c", "k") == NULL);
    CHECK(ini_get(document, "b", "l") == NULL);
    ini_free(document);
}

static void test_plain_values(void)
{
    CHECK(reads("k = a b", "a b"));
    CHECK(reads("k=a;b", "a;b"));
    CHECK(reads("k = a ;b", "a"));
    CHECK(reads("k = # nothing", ""));
    CHECK(reads("k = a\\b", "a\\b"));
    CHECK(reads("k = x=y", "x=y"));
}

static void test_quoted_values(void)
{
    CHECK(reads("k = \"\"", ""));
    CHECK(reads("k = \" a \"", " a "));
    CHECK(reads("k = \"a ; b\" ; c", "a ; b"));
    CHECK(reads("k = \"a\";c", "a"));
    CHECK(reads("k = \"say \\\"hi\\\"\"", "say \"hi\""));
    CHECK(reads("k = \"a\\\\b\\n\\tc\"", "a\\b\n\tc"));
}

static void test_errors(void)
{
    CHECK(refused("[a\n", INI_BAD_SECTION, 1));
    CHECK(refused("[ ]\n", INI_BAD_SECTION, 1));
    CHECK(refused("\n[a] b\n", INI_TRAILING, 2));
    CHECK(refused("a = 1\nb\n", INI_BAD_LINE, 2));
    CHECK(refused("= b", INI_BAD_LINE, 1));
    CHECK(refused("k = \"a", INI_UNTERMINATED, 1));
    CHECK(refused("k = \"a\\\"\nl = 1", INI_UNTERMINATED, 1));
    CHECK(refused("k = \"a\" b", INI_TRAILING, 1));
    CHECK(refused("k = \"a\\x\"", INI_BAD_ESCAPE, 1));
}

static void test_numbers_and_switches(void)
{
    struct ini *document = parsed("a = -12\nb = +7\nc = 99999999999999999999\nd = on\ne = No\nf = 0\n");
    long number = 5;
    bool truth = false;

    CHECK(ini_get_long(document, "", "a", &number) == INI_OK && number == -12);
    CHECK(ini_get_long(document, "", "b", &number) == INI_OK && number == 7);
    CHECK(ini_get_long(document, "", "c", &number) == INI_BAD_VALUE && number == 7);
    CHECK(ini_get_long(document, "", "z", &number) == INI_MISSING);
    CHECK(ini_get_bool(document, "", "d", &truth) == INI_OK && truth);
    CHECK(ini_get_bool(document, "", "f", &truth) == INI_OK && !truth);
    CHECK(ini_get_bool(document, "", "e", &truth) == INI_BAD_VALUE);
    ini_free(document);
}

static void test_writing(void)
{
    const char *expected = "k = 1\n\n[s]\na = \" x\"\nb = \"say \\\"no\\\"\"\n";
    struct ini *document = ini_new();
    char out[128];

    CHECK(ini_set(document, "s", "a", "x") == INI_OK);
    CHECK(ini_set(document, "s", "b", "say \"no\"") == INI_OK);
    CHECK(ini_set(document, "", "k", "1") == INI_OK);
    CHECK(ini_set(document, "s", "a", " x") == INI_OK);
    CHECK(ini_write(document, out, sizeof out) == strlen(expected));
    CHECK(strcmp(out, expected) == 0);
    CHECK(ini_write(document, out, 4) == strlen(expected));
    CHECK(strcmp(out, "k =") == 0);
    ini_free(document);
}

int main(void)
{
    test_sections();
    test_plain_values();
    test_quoted_values();
    test_errors();
    test_numbers_and_switches();
    test_writing();
    if (failures == 0)
        puts("all tests passed");
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
