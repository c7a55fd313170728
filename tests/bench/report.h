/* What a load measured, gathered between report_begin() and report_end(), printed as one line. */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include "tests/bench/bench.h"
#include "tests/bench/histogram.h"

struct report {
	const struct bench *bench; /* borrowed */
	const char *what;
	struct histogram all;
	struct histogram looks; /* of a mixed load: the look-ups alone */
	uint64_t refused;
	int64_t begun;
	int64_t ended;
	double own_cpu;    /* seconds; until report_end() the figure at the beginning */
	double server_cpu; /* likewise */
};

/* Zeroes all and notes time and CPU. */
void report_begin(struct report *report, const struct bench *bench, const char *what);
void report_end(struct report *report);
void report_print(const struct report *report);

#endif
