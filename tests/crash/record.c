#include "tests/crash/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

#define FD_MAX 4096
#define NODES_MAX 65536

/* The originals, and our versions in front of them. */
enum status __real_file_open(const char *path, int flags, int *fd);
enum status __real_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __real_file_sync(int fd);
enum status __real_file_preallocate(int fd, uint64_t size);
enum status __real_file_rename(const char *from, const char *to);
enum status __real_file_remove(const char *path);
enum status __real_file_put(const char *path, const void *bytes, size_t len);
enum status __real_directory_make(const char *path);
enum status __real_directory_sync(const char *path);
enum status __wrap_file_open(const char *path, int flags, int *fd);
enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);
enum status __wrap_file_sync(int fd);
enum status __wrap_file_preallocate(int fd, uint64_t size);
enum status __wrap_file_rename(const char *from, const char *to);
enum status __wrap_file_remove(const char *path);
enum status __wrap_file_put(const char *path, const void *bytes, size_t len);
enum status __wrap_directory_make(const char *path);
enum status __wrap_directory_sync(const char *path);

/* What is being listened to; a test program has one recording at a time. */
static struct {
	struct record *record;
	char root[256];
	int node_of_fd[FD_MAX]; /* 0: not ours */
	ino_t inode_of_fd[FD_MAX];
	bool written[NODES_MAX];
	struct { /* names of the nodes as of now */
		char name[RECORD_NAME_LEN];
		bool there;
	} nodes[NODES_MAX];
} on;

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "recorder: %s\n", what);
	abort();
}

/* The name below the root; NULL when it is elsewhere. */
static const char *inner(const char *path)
{
	size_t len = strlen(on.root);
	if (on.record == NULL || strncmp(path, on.root, len) != 0)
		return NULL;
	return path[len] == '/' ? path + len + 1 : path[len] == '\0' ? "" : NULL;
}

static struct change *add(enum change_kind kind, const char *name)
{
	struct record *record = on.record;
	if (record->count == record->capacity) {
		record->capacity = record->capacity == 0 ? 1024 : record->capacity * 2;
		record->changes =
			realloc(record->changes, record->capacity * sizeof(struct change));
		need(record->changes != NULL, "out of memory");
	}
	struct change *change = &record->changes[record->count++];
	*change = (struct change){.kind = kind};
	need(strlen(name) < RECORD_NAME_LEN, "name too long");
	snprintf(change->name, sizeof(change->name), "%s", name);
	return change;
}

static int find_node(const char *name)
{
	for (int i = 1; i <= on.record->nodes; i++)
		if (on.nodes[i].there && strcmp(on.nodes[i].name, name) == 0)
			return i;
	return 0;
}

static int new_node(const char *name)
{
	int node = ++on.record->nodes;
	need(node < NODES_MAX, "too many files");
	snprintf(on.nodes[node].name, sizeof(on.nodes[node].name), "%s", name);
	on.nodes[node].there = true;
	add(CHANGE_CREATE, name)->node = node;
	return node;
}

static void add_write(int node, const void *bytes, size_t len, uint64_t offset)
{
	struct change *change = add(CHANGE_WRITE, "");
	change->node = node;
	change->offset = offset;
	change->len = len;
	change->bytes = malloc(len + 1);
	need(change->bytes != NULL, "out of memory");
	memcpy(change->bytes, bytes, len);
	on.written[node] = true;
}

/* A file that others wrote (LMDB's copies) is taken whole when it is synced. */
static void add_whole(int node, int fd)
{
	struct stat info;
	need(fstat(fd, &info) == 0, "fstat");
	uint8_t *bytes = malloc((size_t)info.st_size + 1);
	need(bytes != NULL, "out of memory");
	need(pread(fd, bytes, (size_t)info.st_size, 0) == info.st_size, "pread");
	add_write(node, bytes, (size_t)info.st_size, 0);
	on.written[node] = false;
	free(bytes);
}

/* The node that is written through fd; 0: none. A number whose file was closed may be another's by
 * now, of which we know nothing: LMDB opens its own. */
static int node_of(int fd)
{
	struct stat info;
	if (on.record == NULL || on.node_of_fd[fd] == 0)
		return 0;
	need(fstat(fd, &info) == 0, "fstat");
	return info.st_ino == on.inode_of_fd[fd] ? on.node_of_fd[fd] : 0;
}

/* ---- our versions ---- */

enum status __wrap_file_open(const char *path, int flags, int *fd)
{
	enum status status = __real_file_open(path, flags, fd);
	const char *name = inner(path);
	if (status != STATUS_OK || *fd >= FD_MAX)
		return status;
	on.node_of_fd[*fd] = 0;
	if (name == NULL || (flags & O_ACCMODE) == O_RDONLY)
		return status;
	int node = find_node(name);
	need((flags & O_TRUNC) == 0 || node == 0, "truncation is not modelled");
	struct stat info;
	need(fstat(*fd, &info) == 0, "fstat");
	on.inode_of_fd[*fd] = info.st_ino;
	on.node_of_fd[*fd] = node != 0 ? node : new_node(name);
	return status;
}

enum status __wrap_file_write_at(int fd, const void *bytes, size_t len, uint64_t offset)
{
	enum status status = __real_file_write_at(fd, bytes, len, offset);
	int node = node_of(fd);
	if (status == STATUS_OK && node != 0)
		add_write(node, bytes, len, offset);
	return status;
}

enum status __wrap_file_sync(int fd)
{
	enum status status = __real_file_sync(fd);
	int node = node_of(fd);
	if (status == STATUS_OK && node != 0) {
		if (!on.written[node])
			add_whole(node, fd);
		add(CHANGE_SYNC, "")->node = node;
	}
	return status;
}

enum status __wrap_file_preallocate(int fd, uint64_t size)
{
	enum status status = __real_file_preallocate(fd, size);
	int node = node_of(fd);
	if (status == STATUS_OK && node != 0) {
		struct change *change = add(CHANGE_SIZE, "");
		change->node = node;
		change->offset = size;
	}
	return status;
}

static void rename_nodes(const char *from, const char *to)
{
	size_t len = strlen(from);
	int victim = find_node(to);
	if (victim != 0)
		on.nodes[victim].there = false;
	for (int i = 1; i <= on.record->nodes; i++) {
		char name[RECORD_NAME_LEN];
		if (!on.nodes[i].there || strncmp(on.nodes[i].name, from, len) != 0 ||
		    (on.nodes[i].name[len] != '\0' && on.nodes[i].name[len] != '/'))
			continue;
		need(snprintf(name, sizeof(name), "%s%s", to, on.nodes[i].name + len) <
			     RECORD_NAME_LEN,
		     "name too long");
		snprintf(on.nodes[i].name, sizeof(on.nodes[i].name), "%s", name);
	}
}

enum status __wrap_file_rename(const char *from, const char *to)
{
	enum status status = __real_file_rename(from, to);
	const char *name = inner(from);
	if (status == STATUS_OK && name != NULL) {
		struct change *change = add(CHANGE_RENAME, name);
		snprintf(change->other, sizeof(change->other), "%s", inner(to));
		rename_nodes(name, inner(to));
	}
	return status;
}

enum status __wrap_file_remove(const char *path)
{
	enum status status = __real_file_remove(path);
	const char *name = inner(path);
	if (status == STATUS_OK && name != NULL) {
		int node = find_node(name);
		if (node != 0)
			on.nodes[node].there = false;
		add(CHANGE_REMOVE, name);
	}
	return status;
}

/* file_put() is a sequence of the others, but calls them inside its own file, where nobody hears.
 */
enum status __wrap_file_put(const char *path, const void *bytes, size_t len)
{
	const char *name = inner(path);
	if (name == NULL)
		return __real_file_put(path, bytes, len);
	char temporary[512];
	char directory[512];
	int fd = -1;
	snprintf(temporary, sizeof(temporary), "%s.put", path);
	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	enum status status = __wrap_file_open(temporary, O_WRONLY | O_CREAT | O_EXCL, &fd);
	if (status != STATUS_OK)
		return status;
	status = __wrap_file_write_at(fd, bytes, len, 0);
	if (status == STATUS_OK)
		status = __wrap_file_sync(fd);
	close(fd);
	if (status == STATUS_OK)
		status = __wrap_file_rename(temporary, path);
	return status == STATUS_OK ? __wrap_directory_sync(directory) : status;
}

enum status __wrap_directory_make(const char *path)
{
	enum status status = __real_directory_make(path);
	const char *name = inner(path);
	if (status == STATUS_OK && name != NULL)
		add(CHANGE_MKDIR, name);
	return status;
}

enum status __wrap_directory_sync(const char *path)
{
	enum status status = __real_directory_sync(path);
	const char *name = inner(path);
	if (status == STATUS_OK && name != NULL)
		add(CHANGE_DIRSYNC, name);
	return status;
}

/* ---- the recording ---- */

void record_begin(struct record *record, const char *root)
{
	*record = (struct record){0};
	memset(&on, 0, sizeof(on));
	on.record = record;
	snprintf(on.root, sizeof(on.root), "%s", root);
}

void record_end(void)
{
	on.record = NULL;
}

void record_ack(uint64_t number)
{
	add(CHANGE_ACK, "")->offset = number;
}

void record_release(struct record *record)
{
	for (size_t i = 0; i < record->count; i++)
		free(record->changes[i].bytes);
	free(record->changes);
	*record = (struct record){0};
}
