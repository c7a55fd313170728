/* A folder of its own for a test, removed with what is in it. */
#ifndef TESTS_UNIT_CLIENT_FOLDER_H
#define TESTS_UNIT_CLIENT_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int folder_remove_one(const char *path, const struct stat *stat, int kind,
				    struct FTW *walk)
{
	(void)stat;
	(void)kind;
	(void)walk;
	return remove(path);
}

/* state of a cmocka test: the folder's name. */
static inline int folder_make(void **state)
{
	char name[] = "/tmp/dossier-client-XXXXXX";

	*state = mkdtemp(name) == NULL ? NULL : strdup(name);
	return *state == NULL;
}

static inline int folder_drop(void **state)
{
	int failed = nftw(*state, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return failed;
}

#endif
