/* Connects load clients and says on stderr what went wrong with one. */
#ifndef TESTS_BENCH_CONNECT_H
#define TESTS_BENCH_CONNECT_H

#include "client/lib/client.h"
#include "tests/bench/bench.h"

MUST_CHECK enum status connect_client(const struct bench *bench, struct client **client);

/* Says what failed; returns status. */
enum status connect_complain(const char *what, enum status status, const char *why);

#endif
