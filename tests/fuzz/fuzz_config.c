/* Any file: refused with a sentence, or every number is within its range. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	char why[CONFIG_WHY_LEN];
	struct config *config = NULL;
	int fd = memfd_create("config", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(&config, path, 1, why) != STATUS_OK) {
		if (config != NULL || why[0] == '\0')
			abort();
	} else {
#define WITHIN_TEXT(value, min, max)
#define WITHIN_NUMBER(value, min, max)                                                             \
	if ((value) < (min) || (value) > (max))                                                    \
		abort();
#define OPTION(section, key, kind, when, fallback, min, max, text)                                 \
	WITHIN_##kind(config->section##_##key, min, max)
#include "server/option.def"
	}
	config_free(config);
	close(fd);
	return 0;
}
