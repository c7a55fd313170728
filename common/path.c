#include "common/path.h"

#include <stdio.h>

enum status path_join(struct path *path, const char *directory, const char *name)
{
	int len = snprintf(path->text, sizeof(path->text), "%s/%s", directory, name);
	if (len >= 0 && (size_t)len < sizeof(path->text))
		return STATUS_OK;
	path->text[0] = '\0';
	return STATUS_LIMIT;
}
