#include "client/cmd/lines.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/lang.h"

void lines_init(struct lines *lines, int fd)
{
	*lines = (struct lines){.fd = fd};
}

bool lines_has(const struct lines *lines)
{
	return lines->len > 0 &&
	       (lines->ended || memchr(lines->bytes + lines->start, '\n', lines->len) != NULL);
}

const char *lines_take(struct lines *lines)
{
	char *line = lines->bytes + lines->start;
	char *end = memchr(line, '\n', lines->len);
	size_t len = end != NULL ? (size_t)(end - line) + 1 : lines->len;

	/* The last line may have no end; one byte behind the buffer is for it. */
	*(end != NULL ? end : line + len) = '\0';
	lines->start += len;
	lines->len -= len;
	return line;
}

enum status lines_read(struct lines *lines)
{
	ssize_t got;

	memmove(lines->bytes, lines->bytes + lines->start, lines->len);
	lines->start = 0;
	if (lines->len == LINES_MAX)
		return STATUS_LIMIT;
	do {
		got = read(lines->fd, lines->bytes + lines->len, LINES_MAX - lines->len);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return STATUS_INPUT;
	lines->ended = got == 0;
	lines->len += (size_t)got;
	return STATUS_OK;
}

/* How many lines were never taken; 0 also when that cannot be known. */
static unsigned long count_rest(struct lines *lines)
{
	unsigned long count = 0;
	struct stat stat;

	if (!lines->ended && (fstat(lines->fd, &stat) != 0 || !S_ISREG(stat.st_mode)))
		return 0;
	for (;;) {
		while (lines_has(lines)) {
			(void)lines_take(lines);
			count++;
		}
		if (lines->ended)
			return count;
		if (lines_read(lines) != STATUS_OK)
			return 0;
	}
}

void lines_tell_rest(struct lines *lines, unsigned long taken, FILE *to)
{
	unsigned long next = taken + 1;
	unsigned long last = taken + count_rest(lines);

	if (taken == 0 || (last < next && lines->ended))
		return;
	if (last >= next)
		fprintf(to, _("Lines 1-%lu were sent; lines %lu-%lu were not.\n"), taken, next,
			last);
	else
		fprintf(to, _("Lines 1-%lu were sent; what follows was not.\n"), taken);
	fprintf(to, _("To go on: tail -n +%lu FILE | dossier batch\n"), next);
}
