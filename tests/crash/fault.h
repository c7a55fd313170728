/*
 * A disk that fails: at the n-th call of this process that changes a file, once or from then on.
 * The calls of libc are listened to, so that LMDB's are counted as well: pwrite, write, fdatasync,
 * fsync, msync, ftruncate, posix_fallocate, rename, mkdir. Unarmed they pass through. One thread.
 */
#ifndef TESTS_CRASH_FAULT_H
#define TESTS_CRASH_FAULT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_EIO,    /* the call fails; a write has written half */
	FAULT_ENOSPC, /* the call fails and has done nothing */
	FAULT_SHORT,  /* a write writes half and says so; other calls are not counted */
};

/* From now on calls are counted, and the n-th fails; 0: none. */
void fault_arm(unsigned n, enum fault_kind kind, bool lasting);
void fault_disarm(void);

/* Calls counted, and calls failed, since fault_arm(). */
unsigned fault_calls(void);
unsigned fault_hits(void);

#endif
