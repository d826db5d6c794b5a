#ifndef FOLD_H
#define FOLD_H

#include "node.h"

/*
 * Puts numbers in the place of what can be computed without variables, and drops what no evaluation would look at.
 * What would fail stays as it is. Takes the tree over and returns the one that is left of it.
 */
struct node *fold_constants(struct node *root);

#endif
