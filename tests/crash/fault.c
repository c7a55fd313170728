#include "tests/crash/fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	bool armed;
	unsigned at;
	enum fault_kind kind;
	bool lasting;
	unsigned calls;
	unsigned hits;
} fault;

void fault_arm(unsigned n, enum fault_kind kind, bool lasting)
{
	fault.armed = true;
	fault.at = n;
	fault.kind = kind;
	fault.lasting = lasting;
	fault.calls = 0;
	fault.hits = 0;
}

void fault_disarm(void)
{
	fault.armed = false;
}

unsigned fault_calls(void)
{
	return fault.calls;
}

unsigned fault_hits(void)
{
	return fault.hits;
}

/* Whether this call is to fail; sets errno then. */
static bool is_hit(bool is_write)
{
	if (!fault.armed || (fault.kind == FAULT_SHORT && !is_write))
		return false;
	fault.calls++;
	if (fault.at == 0 || fault.calls < fault.at || (fault.calls > fault.at && !fault.lasting))
		return false;
	fault.hits++;
	errno = fault.kind == FAULT_ENOSPC ? ENOSPC : EIO;
	return true;
}

/* The function of that name behind ours. A data pointer is no function pointer in C, but dlsym()
 * says that their bytes are the same. */
static void behind(void *function, const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);
	if (symbol == NULL) {
		(void)fprintf(stderr, "fault: no %s\n", name);
		abort();
	}
	memcpy(function, &symbol, sizeof(symbol));
}

/* How much of a failing write is written. */
static size_t part(size_t len)
{
	return fault.kind == FAULT_ENOSPC ? 0 : fault.kind == FAULT_EIO ? len / 2 : (len + 1) / 2;
}

/* ---- in front of libc ---- */

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	static ssize_t (*real)(int, const void *, size_t, off_t);
	if (real == NULL)
		behind(&real, "pwrite");
	if (!is_hit(true))
		return real(fd, bytes, len, offset);
	int error = errno;
	ssize_t written = part(len) == 0 ? 0 : real(fd, bytes, part(len), offset);
	if (fault.kind == FAULT_SHORT)
		return written;
	errno = error;
	return -1;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	static ssize_t (*real)(int, const void *, size_t);
	if (real == NULL)
		behind(&real, "write");
	if (fd <= STDERR_FILENO || !is_hit(true))
		return real(fd, bytes, len);
	int error = errno;
	ssize_t written = part(len) == 0 ? 0 : real(fd, bytes, part(len));
	if (fault.kind == FAULT_SHORT)
		return written;
	errno = error;
	return -1;
}

int fdatasync(int fd)
{
	static int (*real)(int);
	if (real == NULL)
		behind(&real, "fdatasync");
	return is_hit(false) ? -1 : real(fd);
}

int fsync(int fd)
{
	static int (*real)(int);
	if (real == NULL)
		behind(&real, "fsync");
	return is_hit(false) ? -1 : real(fd);
}

int msync(void *address, size_t len, int flags)
{
	static int (*real)(void *, size_t, int);
	if (real == NULL)
		behind(&real, "msync");
	return is_hit(false) ? -1 : real(address, len, flags);
}

int ftruncate(int fd, off_t len)
{
	static int (*real)(int, off_t);
	if (real == NULL)
		behind(&real, "ftruncate");
	return is_hit(false) ? -1 : real(fd, len);
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
	static int (*real)(int, off_t, off_t);
	if (real == NULL)
		behind(&real, "posix_fallocate");
	return is_hit(false) ? errno : real(fd, offset, len);
}

int rename(const char *from, const char *to)
{
	static int (*real)(const char *, const char *);
	if (real == NULL)
		behind(&real, "rename");
	return is_hit(false) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	static int (*real)(const char *, mode_t);
	if (real == NULL)
		behind(&real, "mkdir");
	return is_hit(false) ? -1 : real(path, mode);
}
