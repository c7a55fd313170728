#include "server/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rpc.h"

#define LINE_MAX_LEN 256
#define LANES 4

/* Statuses by their place in status.def, so that the counters have no gaps. */
enum status_place {
#define STATUS(number, name, exit, text) PLACE_##name,
#include "common/status.def"
#undef STATUS
	PLACE_unknown, /* of a number that is none */
	STATUS_PLACES
};

static const char *const status_names[] = {
#define STATUS(number, name, exit, text) #name,
#include "common/status.def"
#undef STATUS
	"unknown",
};

static const char *const lane_names[LANES] = {[LANE_POINT] = "point",
					      [LANE_SCAN] = "scan",
					      [LANE_WRITE] = "write",
					      [LANE_ISSUE] = "issue"};

/* Upper ends of the histogram's buckets; one more has no end. */
static const struct bucket {
	uint64_t micros;
	const char *seconds;
} buckets[] = {
	{50, "5e-05"},    {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},
	{1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},
	{25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"},
	{500000, "0.5"},  {1000000, "1.0"}, {2500000, "2.5"}, {10000000, "10.0"},
};
#define BUCKETS (sizeof(buckets) / sizeof(buckets[0]))

struct histogram {
	_Atomic uint64_t counts[BUCKETS + 1]; /* each bucket alone, not cumulated */
	_Atomic uint64_t micros;              /* sum */
};

struct metrics {
	_Atomic int64_t values[METRICS_VALUE_COUNT];
	struct histogram lanes[LANES];
	size_t rpc_count;
	/* [rpc][status]; the last rpc is "unknown" */
	_Atomic uint64_t requests[][STATUS_PLACES];
};

static enum status_place place_of(enum status status)
{
	switch (status) {
#define STATUS(number, name, exit, text)                                                           \
	case STATUS_##name:                                                                        \
		return PLACE_##name;
#include "common/status.def"
#undef STATUS
	}
	return PLACE_unknown;
}

struct metrics *metrics_new(void)
{
	size_t count;
	(void)rpc_all(&count);
	struct metrics *metrics =
		calloc(1, sizeof(*metrics) + (count + 1) * sizeof(metrics->requests[0]));
	if (metrics != NULL)
		metrics->rpc_count = count;
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	free(metrics);
}

static void add(_Atomic uint64_t *counter, uint64_t change)
{
	atomic_fetch_add_explicit(counter, change, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, uint16_t rpc, enum status status, uint64_t micros)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);
	const struct rpc *row = rpc_find(rpc);
	size_t index = row != NULL ? (size_t)(row - all) : count;
	add(&metrics->requests[index][place_of(status)], 1);
	if (row == NULL)
		return; /* of no lane */
	size_t bucket = 0;
	while (bucket < BUCKETS && micros > buckets[bucket].micros)
		bucket++;
	add(&metrics->lanes[row->lane].counts[bucket], 1);
	add(&metrics->lanes[row->lane].micros, micros);
}

void metrics_add(struct metrics *metrics, enum metrics_value value, int64_t change)
{
	atomic_fetch_add_explicit(&metrics->values[value], change, memory_order_relaxed);
}

void metrics_set(struct metrics *metrics, enum metrics_value value, int64_t to)
{
	atomic_store_explicit(&metrics->values[value], to, memory_order_relaxed);
}

int64_t metrics_get(const struct metrics *metrics, enum metrics_value value)
{
	return atomic_load_explicit(&metrics->values[value], memory_order_relaxed);
}

/* A text that grows; the first failure sticks. */
struct text {
	struct buf *to;
	enum status status;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
	char line[LINE_MAX_LEN];
	va_list values;
	va_start(values, format);
	int len = vsnprintf(line, sizeof(line), format, values);
	va_end(values);
	if (text->status != STATUS_OK)
		return;
	if (len < 0 || (size_t)len >= sizeof(line))
		text->status = STATUS_LIMIT;
	else
		text->status = buf_append(text->to, line, (size_t)len);
}

static void put_family(struct text *text, const char *name, const char *type, const char *help)
{
	put(text, "# TYPE dossier_%s %s\n# HELP dossier_%s %s.\n", name, type, name, help);
}

static void put_values(struct text *text, const struct metrics *metrics)
{
	enum { COUNTER, GAUGE };
	static const struct {
		int kind;
		const char *name;
		const char *help;
	} rows[] = {
#define METRICS_ROW(kind, id, name, help) {kind, name, help},
		METRICS_VALUES(METRICS_ROW)
#undef METRICS_ROW
	};
	for (size_t i = 0; i < METRICS_VALUE_COUNT; i++) {
		bool counter = rows[i].kind == COUNTER;
		put_family(text, rows[i].name, counter ? "counter" : "gauge", rows[i].help);
		put(text, "dossier_%s%s %" PRId64 "\n", rows[i].name, counter ? "_total" : "",
		    metrics_get(metrics, (enum metrics_value)i));
	}
}

/* Only pairs that occurred: most never do. */
static void put_requests(struct text *text, const struct metrics *metrics)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);
	put_family(text, "requests", "counter", "Requests answered, by RPC and outcome");
	for (size_t i = 0; i <= metrics->rpc_count; i++)
		for (size_t place = 0; place < STATUS_PLACES; place++) {
			uint64_t number = get(&metrics->requests[i][place]);
			if (number > 0)
				put(text,
				    "dossier_requests_total{rpc=\"%s\",status=\"%s\"} %" PRIu64
				    "\n",
				    i < count ? all[i].name : "unknown", status_names[place],
				    number);
		}
}

static void put_histogram(struct text *text, const char *lane, const struct histogram *histogram)
{
	static const char family[] = "dossier_request_seconds";
	uint64_t below = 0;
	for (size_t i = 0; i <= BUCKETS; i++) {
		below += get(&histogram->counts[i]);
		put(text, "%s_bucket{lane=\"%s\",le=\"%s\"} %" PRIu64 "\n", family, lane,
		    i < BUCKETS ? buckets[i].seconds : "+Inf", below);
	}
	uint64_t micros = get(&histogram->micros);
	put(text, "%s_count{lane=\"%s\"} %" PRIu64 "\n", family, lane, below);
	put(text, "%s_sum{lane=\"%s\"} %" PRIu64 ".%06" PRIu64 "\n", family, lane, micros / 1000000,
	    micros % 1000000);
}

enum status metrics_render(const struct metrics *metrics, struct buf *to)
{
	struct text text = {.to = to, .status = STATUS_OK};
	put_values(&text, metrics);
	put_requests(&text, metrics);
	put_family(&text, "request_seconds", "histogram", "From request to answer, by lane");
	for (size_t lane = 0; lane < LANES; lane++)
		put_histogram(&text, lane_names[lane], &metrics->lanes[lane]);
	put(&text, "# EOF\n");
	return text.status;
}
