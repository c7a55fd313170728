/*
 * Latencies by their size: 64 steps to each doubling, so that a percentile is right to 1.6 %. Fixed
 * memory, whatever is noted.
 */
#ifndef TESTS_BENCH_HISTOGRAM_H
#define TESTS_BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_STEP_BITS 6
#define HISTOGRAM_STEPS (1u << HISTOGRAM_STEP_BITS)
#define HISTOGRAM_DOUBLINGS 40 /* of nanoseconds: up to 18 minutes */

struct histogram {
	uint64_t count;
	uint64_t steps[HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS];
};

/* Notes one latency; negative counts as 0, too large as the largest. */
void histogram_note(struct histogram *histogram, int64_t nanoseconds);

/* The latency in microseconds that a share of all (0 to 1) did not exceed; 0 when empty. */
double histogram_microseconds(const struct histogram *histogram, double share);

#endif
