#ifndef CSV_COLUMNS_H
#define CSV_COLUMNS_H

#include <stdbool.h>

#include "csv.h"

/* The place of the column that a header names, or -1. Upper and lower case are the same, for ASCII. */
int csv_column(const struct csv_row *header, const char *name);

/* A row's field as a decimal number. False when there is no such field, or it is no number that fits. */
bool csv_number(const struct csv_row *row, int column, long *number);

#endif
