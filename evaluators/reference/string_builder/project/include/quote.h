#ifndef QUOTE_H
#define QUOTE_H

#include "strbuf.h"

/* Appends the text as a C string literal: in double quotes, with \n, \t, \" and \\ for what needs it. */
enum strbuf_status quote_append(struct strbuf *out, const char *text);

#endif
