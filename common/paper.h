/* The papers that outsiders show, by their class: from paper.def. */
#ifndef COMMON_PAPER_H
#define COMMON_PAPER_H

#include <stddef.h>

#include "proto/record.pb-c.h"

#define PAPERS_MISSING_MAX 8 /* of one class: above what paper.def has */

/* Fills in the texts (gettext msgids, static storage) of the papers that the role must show and
 * that are not among these; how many there are. */
size_t paper_missing(Pb__Role role, Pb__Paper *const *papers, size_t count,
		     const char *missing[static PAPERS_MISSING_MAX]);

#endif
