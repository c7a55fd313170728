/*
 * Files that must last: whole writes, and syncs that are believed only once. Every write and sync
 * of the ledger and of snapshots goes through here, which is where the crash tests listen
 * (tests/crash links its own versions in front by --wrap). Errors: STATUS_STORAGE_FULL when the
 * device is full, else STATUS_STORAGE; errno is kept. Threads: any, each with its own descriptor.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/status.h"

/* Opens, creating with mode 0600 when flags say O_CREAT; close-on-exec always. */
MUST_CHECK enum status file_open(const char *path, int flags, int *fd);

/* Writes all of it at offset. */
MUST_CHECK enum status file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);

/* Reads up to len bytes at offset; *got is fewer only at the end of the file. */
MUST_CHECK enum status file_read_at(int fd, void *bytes, size_t len, uint64_t offset, size_t *got);

/* Data and the metadata needed to read it (fdatasync). Never retry after a failure: the kernel
 * may have dropped the pages. */
MUST_CHECK enum status file_sync(int fd);

/* Makes the file at least size long and reserves its space, so that later writes inside cannot meet
 * a full disk. */
MUST_CHECK enum status file_preallocate(int fd, uint64_t size);

/* Waits until nobody holds the file, or until nobody holds it alone, and holds it so until
 * file_unlock(). Between descriptors of file_open(), of this process and of others. */
MUST_CHECK enum status file_lock(int fd);
MUST_CHECK enum status file_lock_shared(int fd);
MUST_CHECK enum status file_unlock(int fd);

/* Opens a file that is there only to be locked (made when it is not), and waits until nobody else
 * holds it. Closing *fd lets go. */
MUST_CHECK enum status file_open_locked(const char *path, int *fd);

MUST_CHECK enum status file_rename(const char *from, const char *to);

/* A file, or a directory that is empty. */
MUST_CHECK enum status file_remove(const char *path);

/* Makes a directory with mode 0700. STATUS_CONFLICT when it is there. */
MUST_CHECK enum status directory_make(const char *path);

/* Makes the names in a directory last. */
MUST_CHECK enum status directory_sync(const char *path);

/* Writes a whole file that lasts under its name, or not at all: temporary name, sync, rename, sync
 * of the directory. Mode 0600. */
MUST_CHECK enum status file_put(const char *path, const void *bytes, size_t len);

/* Reads a whole file of at most max bytes; *bytes is the caller's to free() and has a NUL behind.
 * STATUS_NOT_FOUND when there is none, STATUS_STORAGE and EFBIG when it is larger, STATUS_MEMORY.
 */
MUST_CHECK enum status file_get(const char *path, size_t max, uint8_t **bytes, size_t *len);

#endif
