/* Fills an empty server by import: customers, and items that belong to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "tests/bench/bench.h"
#include "tests/bench/connect.h"
#include "tests/bench/usage.h"

#define BATCH_ROWS 500
#define BATCHES_UNDER_WAY 8
#define CUSTOMERS 1000
#define TEXT_LEN 48

/* Rows of one batch with the texts they point to. */
struct batch {
	Pb__CustomerDraft customers[BATCH_ROWS];
	Pb__CustomerDraft *customer_rows[BATCH_ROWS];
	Pb__ItemDraft items[BATCH_ROWS];
	Pb__ItemDraft *item_rows[BATCH_ROWS];
	char texts[BATCH_ROWS][4][TEXT_LEN];
};

static const uint8_t digest[HASH_LEN] = {1}; /* of no file */

static enum status send_customers(struct client *client, struct batch *batch, unsigned first,
				  unsigned count)
{
	Pb__CustomerImportRequest request = PB__CUSTOMER_IMPORT_REQUEST__INIT;
	uint8_t key[FRAME_KEY_LEN];
	uint64_t request_id;

	for (unsigned i = 0; i < count; i++) {
		Pb__CustomerDraft *row = batch->customer_rows[i] = &batch->customers[i];
		pb__customer_draft__init(row);
		(void)snprintf(batch->texts[i][0], TEXT_LEN, "成都华夏贸易第%u有限公司", first + i);
		(void)snprintf(batch->texts[i][1], TEXT_LEN, "C%06u", first + i);
		row->name = batch->texts[i][0];
		row->ref = batch->texts[i][1];
	}
	request.source = "bench";
	request.digest.data = (uint8_t *)(uintptr_t)digest;
	request.digest.len = sizeof(digest);
	request.first_row = first + 1;
	request.n_rows = count;
	request.rows = batch->customer_rows;
	client_new_key(key);
	return client_send(client, RPC_customer_import, &request.base, key, 0, &request_id);
}

static enum status send_items(struct client *client, struct batch *batch, unsigned first,
			      unsigned count)
{
	Pb__ItemImportRequest request = PB__ITEM_IMPORT_REQUEST__INIT;
	uint8_t key[FRAME_KEY_LEN];
	uint64_t request_id;

	for (unsigned i = 0; i < count; i++) {
		Pb__ItemDraft *row = batch->item_rows[i] = &batch->items[i];
		pb__item_draft__init(row);
		(void)snprintf(batch->texts[i][0], TEXT_LEN, "信贷合同正本 %u", first + i);
		(void)snprintf(batch->texts[i][1], TEXT_LEN, "C%06u", (first + i) % CUSTOMERS);
		(void)snprintf(batch->texts[i][2], TEXT_LEN, "K%08u", first + i);
		(void)snprintf(batch->texts[i][3], TEXT_LEN, "A-%02u-%u", (first + i) / 500 % 100,
			       i % 9);
		row->title = batch->texts[i][0];
		row->customer = batch->texts[i][1];
		row->ref = batch->texts[i][2];
		row->place = batch->texts[i][3];
		row->pages = 1 + i % 40;
	}
	request.source = "bench";
	request.digest.data = (uint8_t *)(uintptr_t)digest;
	request.digest.len = sizeof(digest);
	request.first_row = first + 1;
	request.n_rows = count;
	request.rows = batch->item_rows;
	client_new_key(key);
	return client_send(client, RPC_item_import, &request.base, key, 0, &request_id);
}

/* Waits for one batch's answer and looks whether all its rows were added. */
static enum status take_answer(struct client *client)
{
	struct client_answer answer;
	enum status status = client_receive(client, &answer);
	size_t rows, added;

	if (status != STATUS_OK)
		return connect_complain("receive", status, client_why(client));
	if (answer.status != STATUS_OK)
		return connect_complain("import", answer.status,
					answer.refusal ? answer.refusal->reason : "");
	if (answer.rpc->number == RPC_item_import) {
		rows = ((Pb__ItemImportReply *)answer.reply)->n_verdicts;
		added = ((Pb__ItemImportReply *)answer.reply)->n_added;
	} else {
		rows = ((Pb__CustomerImportReply *)answer.reply)->n_verdicts;
		added = ((Pb__CustomerImportReply *)answer.reply)->n_added;
	}
	return rows == added ? STATUS_OK
			     : connect_complain("import", STATUS_CONFLICT, "not all rows are new");
}

typedef enum status send_batch(struct client *client, struct batch *batch, unsigned first,
			       unsigned count);

static enum status import_all(struct client *client, struct batch *batch, send_batch *send,
			      unsigned rows)
{
	enum status status = STATUS_OK;
	bool want_write;

	for (unsigned first = 0; first < rows && status == STATUS_OK; first += BATCH_ROWS) {
		unsigned count = rows - first < BATCH_ROWS ? rows - first : BATCH_ROWS;
		status = send(client, batch, first, count);
		if (status == STATUS_OK)
			status = client_flush(client, &want_write);
		if (status != STATUS_OK)
			return connect_complain("send", status, client_why(client));
		if (client_in_flight(client) >= BATCHES_UNDER_WAY)
			status = take_answer(client);
	}
	while (status == STATUS_OK && client_in_flight(client) > 0)
		status = take_answer(client);
	return status;
}

static enum status prepare(const struct bench *bench, struct client *client, struct batch *batch)
{
	int64_t begun = usage_now(), between;
	double took;
	enum status status = import_all(client, batch, send_customers, CUSTOMERS);

	between = usage_now();
	if (status == STATUS_OK)
		status = import_all(client, batch, send_items, bench->items);
	took = (double)(usage_now() - between) / 1e9;
	if (status == STATUS_OK)
		printf("{\"what\": \"import\", \"items\": %u, \"seconds\": %.3f, "
		       "\"per_second\": %.1f, \"customers_per_second\": %.1f}\n",
		       bench->items, took, bench->items / took,
		       CUSTOMERS / ((double)(between - begun) / 1e9));
	return status;
}

enum status bench_prepare(const struct bench *bench)
{
	struct client *client = NULL;
	struct batch *batch = malloc(sizeof(*batch));
	enum status status = batch == NULL ? STATUS_MEMORY : connect_client(bench, &client);

	if (status == STATUS_OK)
		status = prepare(bench, client, batch);
	client_close(client);
	free(batch);
	return status;
}
