/* Whether the time of an answer tells what exists: a record out of scope beside one that is not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/connect.h"
#include "tests/bench/usage.h"

#define HIDDEN_MAX 1000000u /* pairs at most */

/* Nanoseconds until the refusal of one number. */
static enum status ask(struct client *client, const char *number, int64_t *took)
{
	Pb__ItemShowRequest request = PB__ITEM_SHOW_REQUEST__INIT;
	struct client_answer answer;
	int64_t begun = usage_now();
	enum status status;

	request.item = number;
	status = client_call(client, RPC_item_show, &request.base, NULL, 0, &answer);
	*took = usage_now() - begun;
	if (status != STATUS_OK)
		return connect_complain("ask", status, client_why(client));
	if (answer.status != STATUS_NOT_FOUND)
		return connect_complain(number, answer.status, "it is not hidden");
	return STATUS_OK;
}

static int compare(const void *left, const void *right)
{
	const int64_t *one = left, *other = right;

	return (*one > *other) - (*one < *other);
}

static double median(int64_t *times, unsigned count)
{
	qsort(times, count, sizeof(*times), compare);
	return (double)times[count / 2] / 1e3;
}

/* One of each by turns, so that whatever else the machine does meets both. */
static enum status measure(const struct bench *bench, struct client *client, int64_t *times[2])
{
	const char *numbers[2] = {bench->hidden, bench->absent};
	int64_t now = usage_now();
	int64_t from = now + (int64_t)(bench->warmup * 1e9);
	int64_t until = from + (int64_t)(bench->seconds * 1e9);
	enum status status = STATUS_OK;
	unsigned count = 0;

	while (status == STATUS_OK && count < HIDDEN_MAX && now < until) {
		unsigned first = count % 2;

		status = ask(client, numbers[first], &times[first][count]);
		if (status == STATUS_OK)
			status = ask(client, numbers[1 - first], &times[1 - first][count]);
		now = usage_now();
		count += now > from;
	}
	if (status == STATUS_OK && count > 0) {
		double hidden = median(times[0], count), absent = median(times[1], count);

		printf("{\"what\": \"hidden\", \"pairs\": %u, \"hidden_us\": %.2f, "
		       "\"absent_us\": %.2f, \"ratio\": %.4f}\n",
		       count, hidden, absent, hidden / absent);
	}
	return status;
}

enum status bench_hidden(const struct bench *bench)
{
	int64_t *times[2] = {calloc(HIDDEN_MAX, sizeof(int64_t)),
			     calloc(HIDDEN_MAX, sizeof(int64_t))};
	struct client *client = NULL;
	enum status status = STATUS_MEMORY;

	if (times[0] != NULL && times[1] != NULL)
		status = connect_client(bench, &client);
	if (status == STATUS_OK)
		status = measure(bench, client, times);
	client_close(client);
	free(times[0]);
	free(times[1]);
	return status;
}
