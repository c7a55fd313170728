/*
 * What an act costs the store alone: random borrowing and returning of 1 M items on one thread,
 * in groups of several sizes, medians of some rounds. Prints acts a second of processor time, as
 * the store waits for nothing; only the copy is measured by the clock. With a directory as its
 * argument the state is made there, else under TMPDIR or /tmp.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/path.h"
#include "server/store/store.h"

#define ITEMS 1000000u
#define CUSTOMERS 20000u
#define PRINCIPALS 200u
#define OFFICES 3u
#define ROUNDS 5
#define ACTS_A_ROUND 60000u
#define LOAD_BATCH 1000u
#define ARENA_MAX ((size_t)1 << 20)

struct bench {
	struct store *store;
	struct arena arena;
	struct mark mark;
	uint64_t random;
};

static void must(enum status status, const char *what)
{
	if (status == STATUS_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, status_text(status));
	exit(1);
}

static double now(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time) != 0)
		exit(1);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* xorshift64*: the same acts in every run. */
static uint64_t random_below(struct bench *bench, uint64_t limit)
{
	bench->random ^= bench->random >> 12;
	bench->random ^= bench->random << 25;
	bench->random ^= bench->random >> 27;
	return bench->random * UINT64_C(2685821657736338717) % limit;
}

static struct txn *begin(struct bench *bench)
{
	struct txn *txn;

	must(store_reserve(bench->store), "reserve");
	must(store_write(bench->store, &txn), "begin");
	return txn;
}

static void put_item(struct txn *txn, uint64_t id)
{
	Pb__Item item = PB__ITEM__INIT;
	char number[32];

	(void)snprintf(number, sizeof(number), "HQ-KH-2026-%06" PRIu64, id);
	item.id = id;
	item.number = number;
	item.title = "二〇二六年度授信审查材料";
	item.kind = PB__ITEM_KIND__VOLUME;
	item.customer_id = id % CUSTOMERS + 1;
	item.office_id = id % OFFICES + 1;
	item.place = "A-03-12";
	item.pages = 120;
	item.version = 1;
	item_put(txn, &item);
}

static void load(struct bench *bench)
{
	double start = now(CLOCK_PROCESS_CPUTIME_ID);

	for (uint64_t id = 1; id <= ITEMS;) {
		struct txn *txn = begin(bench);
		for (unsigned i = 0; i < LOAD_BATCH && id <= ITEMS; i++, id++)
			put_item(txn, id);
		must(txn_commit(txn), "commit");
	}
	printf("load         %10.0f items/s\n", ITEMS / (now(CLOCK_PROCESS_CPUTIME_ID) - start));
}

static void borrow(struct bench *bench, struct txn *txn, const Pb__Item *item)
{
	Pb__Loan loan = PB__LOAN__INIT;

	loan.id = table_last(txn, TABLE_loan) + 1;
	loan.open = 1;
	loan.item_id = item->id;
	loan.office_id = item->office_id;
	loan.customer_id = item->customer_id;
	loan.borrower_class = PB__BORROWER_CLASS__STAFF;
	loan.borrower_id = random_below(bench, PRINCIPALS) + 1;
	loan.borrower = "王小明";
	loan.clerk_id = 7;
	loan.purpose = "贷后检查";
	loan.lent_at = INT64_C(1790000000000000);
	loan.due = 20700 + (int32_t)(bench->mark.tree.size / 10000);
	loan.pages = 120;
	loan_put(txn, &loan);
}

static void give_back(struct bench *bench, struct txn *txn, uint64_t id)
{
	Pb__Loan *loan = loan_get(txn, id, &bench->arena);

	if (loan == NULL)
		must(STATUS_NOT_FOUND, "loan");
	loan->open = 0;
	loan->returned_at = INT64_C(1790000000000000);
	loan->returned_pages = 120;
	loan->condition = PB__CONDITION__OK;
	loan_put(txn, loan);
}

static void act(struct bench *bench, struct txn *txn)
{
	uint8_t key[ENTRY_KEY_LEN];
	uint64_t words[2] = {random_below(bench, UINT64_MAX), random_below(bench, UINT64_MAX)};
	uint64_t principal = random_below(bench, PRINCIPALS) + 1;
	uint64_t item_id = random_below(bench, ITEMS) + 1;
	uint64_t sequence = bench->mark.tree.size;
	struct key name = {.len = 0};

	memcpy(key, words, sizeof(key));
	arena_reset(&bench->arena);
	if (seen_get(txn, principal, key, &sequence))
		must(STATUS_CONFLICT, "key");
	Pb__Item *item = item_get(txn, item_id, &bench->arena);
	if (item == NULL)
		must(STATUS_NOT_FOUND, "item");
	key_u32(&name, 1);
	key_u64(&name, item_id);
	uint64_t loan = index_find(txn, INDEX_loan_open_by_item, &name);
	if (loan == 0)
		borrow(bench, txn, item);
	else
		give_back(bench, txn, loan);
	trail_add(txn, &(struct subject){SUBJECT_ITEM, item_id}, sequence);
	trail_add(txn, &(struct subject){SUBJECT_CUSTOMER, item->customer_id}, sequence);
	seen_put(txn, principal, key, sequence);
	bench->mark.tree.size++;
}

static double round_of(struct bench *bench, unsigned group)
{
	double start = now(CLOCK_PROCESS_CPUTIME_ID);

	for (unsigned done = 0; done < ACTS_A_ROUND; done += group) {
		struct txn *txn = begin(bench);
		for (unsigned i = 0; i < group; i++)
			act(bench, txn);
		mark_put(txn, &bench->mark);
		must(txn_commit(txn), "commit");
	}
	return ACTS_A_ROUND / (now(CLOCK_PROCESS_CPUTIME_ID) - start);
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double rates[ROUNDS])
{
	qsort(rates, ROUNDS, sizeof(rates[0]), compare_doubles);
	return rates[ROUNDS / 2];
}

static void acts(struct bench *bench)
{
	static const unsigned groups[] = {1, 16, 64, 256};
	double rates[4][ROUNDS];

	(void)round_of(bench, 64); /* warms up */
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < 4; i++)
			rates[i][round] = round_of(bench, groups[i]);
	for (unsigned i = 0; i < 4; i++) {
		double rate = median(rates[i]);
		printf("group of %-4u%10.0f acts/s %6.2f us/act\n", groups[i], rate, 1e6 / rate);
	}
}

static void gets(struct bench *bench)
{
	double rates[ROUNDS];
	struct txn *txn;

	must(store_read(bench->store, &txn), "read");
	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now(CLOCK_PROCESS_CPUTIME_ID);
		for (unsigned i = 0; i < ACTS_A_ROUND; i++) {
			must(txn_renew(txn), "renew");
			arena_reset(&bench->arena);
			if (item_get(txn, random_below(bench, ITEMS) + 1, &bench->arena) == NULL)
				must(STATUS_NOT_FOUND, "item");
			txn_reset(txn);
		}
		rates[round] = ACTS_A_ROUND / (now(CLOCK_PROCESS_CPUTIME_ID) - start);
	}
	txn_end(txn);
	double rate = median(rates);
	printf("renew, get   %10.0f gets/s %6.2f us\n", rate, 1e6 / rate);
}

static void copy(struct bench *bench, const char *directory)
{
	struct mark mark;
	double start = now(CLOCK_MONOTONIC);

	must(store_copy(bench->store, directory, &mark), "copy");
	double seconds = now(CLOCK_MONOTONIC) - start;
	printf("copy         %10.0f MB/s   %6.2f s\n",
	       (double)store_bytes(bench->store) / 1e6 / seconds, seconds);
}

static void sizes(struct bench *bench)
{
	printf("state        %10.1f MB\n", (double)store_bytes(bench->store) / 1e6);
}

static void remove_state(const char *directory)
{
	struct path path;

	must(path_join(&path, directory, "data.mdb"), "name");
	(void)unlink(path.text);
	must(path_join(&path, directory, "lock.mdb"), "name");
	(void)unlink(path.text);
	(void)rmdir(directory);
}

int main(int argc, char **argv)
{
	static struct bench bench = {.random = 20260101};
	const char *base = argc > 1 ? argv[1] : getenv("TMPDIR");
	char why[STORE_WHY_LEN];
	char directory[64];
	struct path state;
	struct path snapshot;

	(void)snprintf(directory, sizeof(directory), "store-bench-%ld", (long)getpid());
	must(path_join(&state, base != NULL ? base : "/tmp", directory), "name");
	(void)snprintf(directory, sizeof(directory), "store-bench-%ld-copy", (long)getpid());
	must(path_join(&snapshot, base != NULL ? base : "/tmp", directory), "name");
	must(store_create(state.text), "create");
	must(store_open(&bench.store, state.text, STORE_WRITE, 0, why), "open");
	arena_init(&bench.arena, ARENA_MAX);
	load(&bench);
	sizes(&bench);
	acts(&bench);
	gets(&bench);
	sizes(&bench);
	copy(&bench, snapshot.text);
	arena_release(&bench.arena);
	store_close(bench.store);
	remove_state(snapshot.text);
	remove_state(state.text);
	return 0;
}
