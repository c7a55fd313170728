/*
 * CSV files as people bring them (RFC 4180; UTF-8 with or without a byte order mark, or GB18030),
 * read in pieces, so that a file may be larger than memory. Knows no heads and no meaning.
 */
#ifndef CLIENT_CLI_CSVFILE_H
#define CLIENT_CLI_CSVFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/status.h"

#define CSVFILE_COLUMNS_MAX 64
#define CSVFILE_WHY_LEN 256

enum charset { CHARSET_UTF8, CHARSET_GB18030 };

/* What a first look at the whole file found. */
struct csvfile {
	int fd; /* borrowed; can be read from the beginning again */
	enum charset charset;
	uint8_t digest[HASH_LEN]; /* SHA-256 of its bytes */
	uint64_t size;
	uint64_t read;             /* bytes taken by csvfile_read() so far */
	char why[CSVFILE_WHY_LEN]; /* the last failure in one sentence */
};

struct csv_field {
	const char *text; /* UTF-8 with a NUL behind; may hold others */
	size_t len;
};

/* Gets each record, the head first as row 0. Anything but STATUS_OK ends the reading. */
typedef enum status csv_take(void *context, uint64_t row, const struct csv_field *fields,
			     size_t count);

/* Reads all of it once: digest, size, character set. STATUS_INPUT when it is neither UTF-8 nor
 * GB18030, or cannot be read; why says at which byte. */
MUST_CHECK enum status csvfile_survey(struct csvfile *file, int fd);

/* Reads it again, record by record; a record lives until take() returns. STATUS_INPUT when it is
 * not CSV (why says in which row), STATUS_MEMORY, or what take() returned. */
MUST_CHECK enum status csvfile_read(struct csvfile *file, csv_take *take, void *context);

#endif
