#include "tests/crash/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_LEN 1024

uint64_t chance_next(struct chance *chance)
{
	chance->state ^= chance->state << 13;
	chance->state ^= chance->state >> 7;
	chance->state ^= chance->state << 17;
	return chance->state;
}

uint64_t chance_below(struct chance *chance, uint64_t limit)
{
	return limit == 0 ? 0 : chance_next(chance) % limit;
}

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
	abort();
}

static bool names(const struct change *change)
{
	return change->kind == CHANGE_CREATE || change->kind == CHANGE_MKDIR ||
	       change->kind == CHANGE_RENAME || change->kind == CHANGE_REMOVE;
}

/* Whether name stands in directory itself. */
static bool stands_in(const char *name, const char *directory)
{
	size_t len = strlen(directory);
	if (len == 0)
		return strchr(name, '/') == NULL;
	return strncmp(name, directory, len) == 0 && name[len] == '/' &&
	       strchr(name + len + 1, '/') == NULL;
}

/* How many of the first count changes have their names on disk: what was synced, and by chance some
 * more. */
static size_t names_left(const struct record *record, size_t count, struct chance *chance)
{
	size_t durable = 0;
	for (size_t i = 0; i < count; i++) {
		if (record->changes[i].kind != CHANGE_DIRSYNC)
			continue;
		for (size_t j = durable; j < i; j++) {
			const struct change *change = &record->changes[j];
			const char *name =
				change->kind == CHANGE_RENAME ? change->other : change->name;
			if (names(change) && stands_in(name, record->changes[i].name))
				durable = j + 1;
		}
	}
	return durable + chance_below(chance, count - durable + 1);
}

/* ---- contents ---- */

struct content {
	uint8_t *bytes;
	uint64_t size;
	uint64_t capacity;
};

static void grow(struct content *content, uint64_t size)
{
	if (size > content->capacity) {
		uint64_t capacity = size + size / 2;
		content->bytes = realloc(content->bytes, capacity);
		need(content->bytes != NULL, "memory");
		memset(content->bytes + content->capacity, 0, capacity - content->capacity);
		content->capacity = capacity;
	}
	if (size > content->size)
		content->size = size;
}

/* One write, sector by sector: all, none, or some of them. */
static void write_some(struct content *content, const struct change *change, bool synced,
		       unsigned sector, struct chance *chance)
{
	uint64_t choice = synced ? 0 : chance_below(chance, 4);
	if (choice == 1)
		return; /* none of it */
	uint64_t at = 0;
	while (at < change->len) {
		uint64_t step = sector - (change->offset + at) % sector;
		if (step > change->len - at)
			step = change->len - at;
		if (choice != 2 || chance_below(chance, 2) == 0) {
			grow(content, change->offset + at + step);
			memcpy(content->bytes + change->offset + at, change->bytes + at, step);
		}
		at += step;
		if (choice == 3 && chance_below(chance, 8) == 0)
			return; /* only its beginning */
	}
}

/* The last sync of each file among the first count changes; 0: none. The caller frees it. */
static size_t *last_syncs(const struct record *record, size_t count)
{
	size_t *last = calloc((size_t)record->nodes + 1, sizeof(*last));
	need(last != NULL, "memory");
	for (size_t i = 0; i < count; i++)
		if (record->changes[i].kind == CHANGE_SYNC)
			last[record->changes[i].node] = i + 1;
	return last;
}

static struct content *contents_left(const struct record *record, size_t count, unsigned sector,
				     struct chance *chance)
{
	size_t *synced = last_syncs(record, count);
	struct content *contents = calloc((size_t)record->nodes + 1, sizeof(*contents));
	need(contents != NULL, "memory");
	for (size_t i = 0; i < count; i++) {
		const struct change *change = &record->changes[i];
		bool durable = i < synced[change->node];
		if (change->kind == CHANGE_WRITE)
			write_some(&contents[change->node], change, durable, sector, chance);
		else if (change->kind == CHANGE_SIZE && (durable || chance_below(chance, 2) == 0))
			grow(&contents[change->node], change->offset);
	}
	free(synced);
	return contents;
}

/* ---- onto a real directory ---- */

static void path_of(char to[static PATH_MAX_LEN], const char *root, const char *name)
{
	need(snprintf(to, PATH_MAX_LEN, "%s/%s", root, name) < PATH_MAX_LEN, "name");
}

/* Writes what is not zero; the rest stays a hole. */
static void write_content(int fd, const struct content *content)
{
	static const uint8_t zeros[4096];
	need(ftruncate(fd, (off_t)content->size) == 0, "ftruncate");
	for (uint64_t at = 0; at < content->size; at += sizeof(zeros)) {
		size_t len =
			content->size - at < sizeof(zeros) ? content->size - at : sizeof(zeros);
		if (memcmp(content->bytes + at, zeros, len) != 0)
			need(pwrite(fd, content->bytes + at, len, (off_t)at) == (ssize_t)len,
			     "pwrite");
	}
}

static void create(const char *path, const struct content *content)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	need(fd >= 0, path);
	write_content(fd, content);
	close(fd);
}

static void apply_name(const struct change *change, const char *root,
		       const struct content *contents)
{
	char path[PATH_MAX_LEN];
	char other[PATH_MAX_LEN];
	path_of(path, root, change->name);
	switch (change->kind) {
	case CHANGE_CREATE:
		create(path, &contents[change->node]);
		break;
	case CHANGE_MKDIR:
		need(mkdir(path, 0700) == 0, path);
		break;
	case CHANGE_RENAME:
		path_of(other, root, change->other);
		need(rename(path, other) == 0, path);
		break;
	case CHANGE_REMOVE:
		/* What LMDB made by itself was never recorded. */
		need(remove(path) == 0 || errno == ENOENT, path);
		break;
	default:
		break;
	}
}

void disk_leave(const struct record *record, size_t count, unsigned sector, struct chance *chance,
		const char *root)
{
	size_t left = names_left(record, count, chance);
	struct content *contents = contents_left(record, count, sector, chance);
	for (size_t i = 0; i < left; i++)
		apply_name(&record->changes[i], root, contents);
	for (int i = 0; i <= record->nodes; i++)
		free(contents[i].bytes);
	free(contents);
}
