#include "tests/bench/histogram.h"

/* Below HISTOGRAM_STEPS a value is its own step; above, the top bits after the leading one choose.
 */
static size_t step_of(uint64_t value)
{
	unsigned top;
	size_t step;

	if (value < HISTOGRAM_STEPS)
		return (size_t)value;
	top = 63u - (unsigned)__builtin_clzll(value);
	step = (size_t)(top - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS +
	       (size_t)(value >> (top - HISTOGRAM_STEP_BITS) & (HISTOGRAM_STEPS - 1));
	if (step >= HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS)
		step = HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS - 1;
	return step;
}

static double value_of(size_t step)
{
	size_t doubling = step / HISTOGRAM_STEPS;
	uint64_t within = step % HISTOGRAM_STEPS;

	if (doubling == 0)
		return (double)within;
	return (double)((HISTOGRAM_STEPS + within) << (doubling - 1));
}

void histogram_note(struct histogram *histogram, int64_t nanoseconds)
{
	histogram->count++;
	histogram->steps[step_of(nanoseconds > 0 ? (uint64_t)nanoseconds : 0)]++;
}

double histogram_microseconds(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)((double)histogram->count * share);
	uint64_t seen = 0;

	for (size_t step = 0; step < HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS; step++) {
		seen += histogram->steps[step];
		if (seen > wanted || (seen == histogram->count && seen > 0))
			return value_of(step) / 1000;
	}
	return 0;
}
