#include "client/cli/csvfile.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/lang.h"
#include "common/buf.h"

#define PIECE (64 * 1024)
#define CARRY_MAX 8                 /* bytes of a character that came in two pieces */
#define FIELD_MAX ((size_t)1 << 20) /* more is a quote that was never closed */

static const char byte_order_mark[] = "\xef\xbb\xbf";

static enum status fail(struct csvfile *file, const char *what, uint64_t at)
{
	snprintf(file->why, sizeof(file->why), "%s %llu", what, (unsigned long long)at);
	return STATUS_INPUT;
}

static ssize_t read_piece(int fd, void *to, size_t size)
{
	ssize_t got;

	do {
		got = read(fd, to, size);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* ---- character sets ---- */

/* A running conversion; what ends in the middle of a character waits for the next piece. */
struct converter {
	iconv_t handle;
	char in[CARRY_MAX + PIECE];
	size_t in_len;
	uint64_t consumed; /* bytes of the file that were converted */
};

static const char *charset_name(enum charset charset)
{
	return charset == CHARSET_UTF8 ? "UTF-8" : "GB18030";
}

static bool converter_init(struct converter *converter, enum charset charset, const char *to)
{
	*converter = (struct converter){.handle = iconv_open(to, charset_name(charset))};
	return converter->handle != (iconv_t)-1;
}

/* Converts what came, into out; *len is what was written. False where it is not of the set. */
static bool converter_step(struct converter *converter, char *out, size_t size, size_t *len)
{
	char *from = converter->in;
	char *to = out;
	size_t left = converter->in_len;
	size_t room = size;
	size_t result = iconv(converter->handle, &from, &left, &to, &room);

	converter->consumed += converter->in_len - left;
	memmove(converter->in, from, left);
	converter->in_len = left;
	*len = size - room;
	return result != (size_t)-1 || (errno == EINVAL && left < CARRY_MAX);
}

/* Whether the whole file is of the set; digest too when hash is not NULL. STATUS_INVALID: it is
 * not, *at says where. */
static enum status check_charset(struct csvfile *file, enum charset charset, struct hash *hash,
				 uint64_t *at)
{
	struct converter *converter = malloc(sizeof(*converter));
	static const char wide[] = "UTF-32LE";
	char *out = malloc(4 * (PIECE + CARRY_MAX));
	bool valid = true;
	ssize_t got = -1;
	enum status status = STATUS_MEMORY;
	size_t len;

	if (converter == NULL || out == NULL || !converter_init(converter, charset, wide))
		goto free;
	status = STATUS_INPUT;
	if (lseek(file->fd, 0, SEEK_SET) != 0)
		goto close;
	file->size = 0;
	while ((got = read_piece(file->fd, converter->in + converter->in_len, PIECE)) > 0) {
		if (hash != NULL)
			hash_add(hash, converter->in + converter->in_len, (size_t)got);
		file->size += (uint64_t)got;
		converter->in_len += (size_t)got;
		if (valid)
			valid = converter_step(converter, out, 4 * (PIECE + CARRY_MAX), &len);
		if (!valid)
			converter->in_len = 0;
	}
	valid = valid && converter->in_len == 0;
	*at = converter->consumed;
	if (got == 0)
		status = valid ? STATUS_OK : STATUS_INVALID;
close:
	iconv_close(converter->handle);
free:
	free(out);
	free(converter);
	return status;
}

enum status csvfile_survey(struct csvfile *file, int fd)
{
	struct hash *hash = hash_new();
	uint64_t utf8_at = 0;
	uint64_t gb18030_at = 0;
	enum status status;

	*file = (struct csvfile){.fd = fd};
	if (hash == NULL)
		return STATUS_MEMORY;
	hash_begin(hash);
	status = check_charset(file, CHARSET_UTF8, hash, &utf8_at);
	hash_end(hash, file->digest);
	hash_free(hash);
	if (status == STATUS_INVALID) {
		file->charset = CHARSET_GB18030;
		status = check_charset(file, CHARSET_GB18030, NULL, &gb18030_at);
	}
	if (status == STATUS_INVALID) {
		snprintf(file->why, sizeof(file->why),
			 _("it is neither UTF-8 (see byte %llu) nor GB18030 (see byte %llu)"),
			 (unsigned long long)utf8_at, (unsigned long long)gb18030_at);
		return STATUS_INPUT;
	}
	if (status == STATUS_INPUT)
		snprintf(file->why, sizeof(file->why), "%s", strerror(errno));
	return status;
}

/* ---- records ---- */

struct reading {
	csv_take *take;
	void *context;
	uint64_t row;
	struct buf texts; /* the record's fields, each with a NUL */
	size_t starts[CSVFILE_COLUMNS_MAX];
	size_t lens[CSVFILE_COLUMNS_MAX];
	size_t count;
	enum status status; /* the first failure */
};

static void take_field(void *text, size_t len, void *context)
{
	struct reading *reading = context;

	if (reading->status != STATUS_OK)
		return;
	if (reading->count == CSVFILE_COLUMNS_MAX) {
		reading->status = STATUS_LIMIT;
		return;
	}
	reading->starts[reading->count] = reading->texts.len;
	reading->lens[reading->count++] = len;
	reading->status = buf_append(&reading->texts, len > 0 ? text : "", len);
	if (reading->status == STATUS_OK)
		reading->status = buf_append(&reading->texts, "", 1);
}

static void take_record(int end, void *context)
{
	struct reading *reading = context;
	struct csv_field fields[CSVFILE_COLUMNS_MAX];

	(void)end;
	if (reading->status != STATUS_OK)
		return;
	for (size_t i = 0; i < reading->count; i++) {
		fields[i].text = (const char *)buf_head(&reading->texts) + reading->starts[i];
		fields[i].len = reading->lens[i];
	}
	reading->status = reading->take(reading->context, reading->row++, fields, reading->count);
	reading->count = 0;
	buf_clear(&reading->texts);
}

/* One piece of UTF-8. */
static enum status parse(struct csvfile *file, struct csv_parser *parser, struct reading *reading,
			 const char *text, size_t len)
{
	size_t done = csv_parse(parser, text, len, take_field, take_record, reading);

	if (reading->status == STATUS_LIMIT)
		return fail(file, _("too many columns in row"), reading->row);
	if (reading->status != STATUS_OK)
		return reading->status;
	if (done != len)
		return csv_error(parser) == CSV_ENOMEM
			       ? STATUS_MEMORY
			       : fail(file, _("a quote is wrong in row"), reading->row);
	if (csv_get_buffer_size(parser) > FIELD_MAX)
		return fail(file, _("a quote is not closed in row"), reading->row);
	return STATUS_OK;
}

static enum status read_pieces(struct csvfile *file, struct csv_parser *parser,
			       struct reading *reading, struct converter *converter, char *out)
{
	bool first = true;
	ssize_t got;

	while ((got = read_piece(file->fd, converter->in + converter->in_len, PIECE)) > 0) {
		const char *text = out;
		size_t len;
		enum status status;

		converter->in_len += (size_t)got;
		file->read += (uint64_t)got;
		if (!converter_step(converter, out, 4 * (PIECE + CARRY_MAX), &len))
			return fail(file, _("the file changed meanwhile at byte"),
				    converter->consumed);
		if (first && len >= 3 && memcmp(out, byte_order_mark, 3) == 0) {
			text += 3;
			len -= 3;
		}
		first = false;
		status = parse(file, parser, reading, text, len);
		if (status != STATUS_OK)
			return status;
	}
	if (got < 0)
		return fail(file, strerror(errno), file->read);
	if (csv_fini(parser, take_field, take_record, reading) != 0)
		return fail(file, _("a quote is not closed in row"), reading->row);
	return reading->status;
}

enum status csvfile_read(struct csvfile *file, csv_take *take, void *context)
{
	struct reading reading = {.take = take, .context = context};
	struct converter *converter = malloc(sizeof(*converter));
	char *out = malloc(4 * (PIECE + CARRY_MAX));
	struct csv_parser parser;
	enum status status = STATUS_MEMORY;

	if (converter == NULL || out == NULL || !converter_init(converter, file->charset, "UTF-8"))
		goto free;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		goto close;
	status = STATUS_INPUT;
	file->read = 0;
	if (lseek(file->fd, 0, SEEK_SET) == 0)
		status = read_pieces(file, &parser, &reading, converter, out);
	csv_free(&parser);
	buf_release(&reading.texts);
close:
	iconv_close(converter->handle);
free:
	free(out);
	free(converter);
	return status;
}
