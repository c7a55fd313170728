/*
 * The settings of dossierd, declared in option.def, read from an INI file. Values are checked whole
 * before any is used: a file with one mistake is refused with its line. A loaded config never
 * changes; it is shared by reference count. Threads: any.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "common/status.h"

#define CONFIG_TEXT_LEN 128
#define CONFIG_WHY_LEN 256

struct config {
#define CONFIG_TEXT(name) char name[CONFIG_TEXT_LEN];
#define CONFIG_NUMBER(name) int64_t name;
#define OPTION(section, key, kind, ...) CONFIG_##kind(section##_##key)
#include "server/option.def"
#undef OPTION
#undef CONFIG_TEXT
#undef CONFIG_NUMBER
	int references; /* owned by config.c */
};

/* Reads path over the defaults; a NULL path, or a file that is not there when required is 0, gives
 * the defaults. STATUS_INVALID and a sentence (with the line) in why. */
MUST_CHECK enum status config_load(struct config **config, const char *path, int required,
				   char why[static CONFIG_WHY_LEN]);
struct config *config_retain(struct config *config);
void config_free(struct config *config);

/* Writes a file with every setting and its text; those that have their default are commented out.
 */
void config_write(FILE *to, const struct config *config);

#endif
