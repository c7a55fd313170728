#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Beside the file, so that the rename stays in one file system. */
#define TEMPORARY_SUFFIX ".new"

/* What errno says, as a status. */
static enum status failure(void)
{
	return errno == ENOSPC || errno == EDQUOT ? STATUS_STORAGE_FULL : STATUS_STORAGE;
}

static enum status result(int returned)
{
	return returned == 0 ? STATUS_OK : failure();
}

static enum status fail_with(int error)
{
	errno = error;
	return failure();
}

/* Closes after a failure and keeps its errno; after a sync close has nothing left to lose. */
static void close_quietly(int fd)
{
	int error = errno;

	(void)close(fd);
	errno = error;
}

enum status file_open(const char *path, int flags, int *fd)
{
	int opened;

	do {
		opened = open(path, flags | O_CLOEXEC, 0600);
	} while (opened < 0 && errno == EINTR);
	if (opened < 0)
		return failure();
	*fd = opened;
	return STATUS_OK;
}

/* Whether the system's signed offsets can say it. */
static bool in_reach(size_t len, uint64_t offset)
{
	return offset <= INT64_MAX && len <= INT64_MAX - offset;
}

enum status file_write_at(int fd, const void *bytes, size_t len, uint64_t offset)
{
	const uint8_t *from = bytes;

	if (!in_reach(len, offset))
		return fail_with(EFBIG);
	while (len > 0) {
		ssize_t written = pwrite(fd, from, len, (off_t)offset);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return failure();
		if (written == 0)
			return fail_with(EIO);
		from += written;
		len -= (size_t)written;
		offset += (uint64_t)written;
	}
	return STATUS_OK;
}

enum status file_read_at(int fd, void *bytes, size_t len, uint64_t offset, size_t *got)
{
	uint8_t *to = bytes;

	*got = 0;
	if (!in_reach(len, offset))
		return fail_with(EFBIG);
	while (*got < len) {
		ssize_t count = pread(fd, to + *got, len - *got, (off_t)(offset + *got));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return failure();
		if (count == 0)
			break;
		*got += (size_t)count;
	}
	return STATUS_OK;
}

enum status file_sync(int fd)
{
	return result(fdatasync(fd));
}

enum status file_preallocate(int fd, uint64_t size)
{
	int error;

	if (size == 0)
		return STATUS_OK;
	if (size > INT64_MAX)
		return fail_with(EFBIG);
	do {
		error = posix_fallocate(fd, 0, (off_t)size); /* does not set errno */
	} while (error == EINTR);
	return error == 0 ? STATUS_OK : fail_with(error);
}

static enum status lock_as(int fd, int operation)
{
	int returned;

	do {
		returned = flock(fd, operation);
	} while (returned != 0 && errno == EINTR);
	return result(returned);
}

enum status file_lock(int fd)
{
	return lock_as(fd, LOCK_EX);
}

enum status file_lock_shared(int fd)
{
	return lock_as(fd, LOCK_SH);
}

enum status file_unlock(int fd)
{
	return lock_as(fd, LOCK_UN);
}

enum status file_open_locked(const char *path, int *fd)
{
	enum status status = file_open(path, O_RDWR | O_CREAT, fd);

	if (status != STATUS_OK)
		return status;
	status = file_lock(*fd);
	if (status != STATUS_OK)
		(void)close(*fd); /* nothing was written */
	return status;
}

enum status file_rename(const char *from, const char *to)
{
	return result(rename(from, to));
}

enum status file_remove(const char *path)
{
	return result(remove(path));
}

enum status directory_make(const char *path)
{
	if (mkdir(path, 0700) == 0)
		return STATUS_OK;
	return errno == EEXIST ? STATUS_CONFLICT : failure();
}

enum status directory_sync(const char *path)
{
	int fd;
	enum status status = file_open(path, O_RDONLY | O_DIRECTORY, &fd);

	if (status != STATUS_OK)
		return status;
	status = result(fsync(fd));
	close_quietly(fd);
	return status;
}

/* Makes the name of a file last. */
static enum status name_sync(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return directory_sync(".");
	size_t len = slash == path ? 1 : (size_t)(slash - path);
	if (len >= sizeof(directory))
		return fail_with(ENAMETOOLONG);
	memcpy(directory, path, len);
	directory[len] = '\0';
	return directory_sync(directory);
}

/* A new file with this content, synced. A leftover of an interrupted attempt is replaced. */
static enum status write_new(const char *path, const void *bytes, size_t len)
{
	int fd;

	if (unlink(path) != 0 && errno != ENOENT)
		return failure();
	enum status status = file_open(path, O_WRONLY | O_CREAT | O_EXCL, &fd);
	if (status != STATUS_OK)
		return status;
	status = file_write_at(fd, bytes, len, 0);
	if (status == STATUS_OK)
		status = file_sync(fd);
	close_quietly(fd);
	return status;
}

enum status file_put(const char *path, const void *bytes, size_t len)
{
	char temporary[PATH_MAX];
	int needed = snprintf(temporary, sizeof(temporary), "%s" TEMPORARY_SUFFIX, path);

	if (needed < 0 || (size_t)needed >= sizeof(temporary))
		return fail_with(ENAMETOOLONG);
	enum status status = write_new(temporary, bytes, len);
	if (status == STATUS_OK)
		status = file_rename(temporary, path);
	if (status != STATUS_OK) {
		int error = errno;
		(void)unlink(temporary); /* the failure is reported; a leftover does no harm */
		errno = error;
		return status;
	}
	return name_sync(path);
}

/* All of an open file, with a NUL behind. */
static enum status read_all(int fd, size_t max, uint8_t **bytes, size_t *len)
{
	struct stat about;

	if (fstat(fd, &about) != 0)
		return failure();
	if ((uint64_t)about.st_size > max || max == SIZE_MAX)
		return fail_with(EFBIG);
	size_t size = (size_t)about.st_size;
	uint8_t *content = malloc(size + 1);
	if (content == NULL)
		return STATUS_MEMORY;
	enum status status = file_read_at(fd, content, size, 0, len);
	if (status != STATUS_OK) {
		int error = errno;
		free(content);
		errno = error;
		return status;
	}
	content[*len] = '\0';
	*bytes = content;
	return STATUS_OK;
}

enum status file_get(const char *path, size_t max, uint8_t **bytes, size_t *len)
{
	int fd;
	enum status status = file_open(path, O_RDONLY, &fd);

	if (status != STATUS_OK)
		return errno == ENOENT ? STATUS_NOT_FOUND : status;
	status = read_all(fd, max, bytes, len);
	close_quietly(fd);
	return status;
}
