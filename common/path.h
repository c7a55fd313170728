/* Names of files, put together without surprises: too long is an error, never a cut. */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include "common/status.h"

#define PATH_LEN 4096

struct path {
	char text[PATH_LEN];
};

/* "directory/name". STATUS_LIMIT when it is too long; the path is then "". */
MUST_CHECK enum status path_join(struct path *path, const char *directory, const char *name);

#endif
