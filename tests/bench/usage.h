/* What a process uses, from /proc, and the clock that measures it. */
#ifndef TESTS_BENCH_USAGE_H
#define TESTS_BENCH_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/* CPU seconds, user and system, of a process with all its threads; 0 when there is none. */
double usage_cpu(pid_t pid);

/* Resident bytes of a process that are its own (not shared with files); 0 when there is none. */
uint64_t usage_memory(pid_t pid);

/* Nanoseconds that never go back. */
int64_t usage_now(void);

#endif
