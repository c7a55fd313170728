#include "server/store/store.h"

#include <stdio.h>
#include <string.h>

#include "server/store/store_internal.h"

#define LINE_LEN 256
#define SHOWN_MAX 64 /* bytes of a key that a line shows */

/* One of the two states, somewhere in a database. */
struct side {
	MDB_cursor *cursor; /* owned */
	MDB_val key;
	MDB_val value;
	int code; /* of the last step; 0: on a key */
};

struct comparison {
	struct txn *left;  /* borrowed */
	struct txn *right; /* borrowed */
	store_found_cb *found;
	void *context;
	uint64_t count;
};

static void report(struct comparison *comparison, unsigned database, const MDB_val *key,
		   const char *what)
{
	char hex[2 * SHOWN_MAX + 1];
	char line[LINE_LEN];
	size_t shown = key->mv_size < SHOWN_MAX ? key->mv_size : SHOWN_MAX;

	hex_encode(key->mv_data, shown, hex);
	(void)snprintf(line, sizeof(line), "%s: key %s %s", database_name(database), hex, what);
	comparison->count++;
	comparison->found(comparison->context, line);
}

static void report_failure(struct comparison *comparison, unsigned database,
			   const struct side *side)
{
	char line[LINE_LEN];

	if (side->code == 0 || side->code == MDB_NOTFOUND)
		return;
	(void)snprintf(line, sizeof(line), "%s: %s", database_name(database),
		       mdb_strerror(side->code));
	comparison->count++;
	comparison->found(comparison->context, line);
}

static void step(struct side *side, MDB_cursor_op operation)
{
	side->code = mdb_cursor_get(side->cursor, &side->key, &side->value, operation);
}

static void side_begin(struct side *side, struct txn *txn, unsigned database)
{
	*side = (struct side){0};
	side->code = mdb_cursor_open(txn->mdb, txn->store->databases[database], &side->cursor);
	if (side->code == 0)
		step(side, MDB_FIRST);
}

static void side_end(struct side *side)
{
	if (side->cursor != NULL)
		mdb_cursor_close(side->cursor);
}

/* Which side's key comes first; a side at its end comes last. */
static int order(const struct side *left, const struct side *right)
{
	if (left->code != 0 || right->code != 0)
		return (left->code != 0) - (right->code != 0);
	size_t shorter =
		left->key.mv_size < right->key.mv_size ? left->key.mv_size : right->key.mv_size;
	int first = memcmp(left->key.mv_data, right->key.mv_data, shorter);
	if (first != 0)
		return first;
	return (left->key.mv_size > right->key.mv_size) - (left->key.mv_size < right->key.mv_size);
}

static bool values_differ(const struct side *left, const struct side *right)
{
	return left->value.mv_size != right->value.mv_size ||
	       memcmp(left->value.mv_data, right->value.mv_data, left->value.mv_size) != 0;
}

static void compare_database(struct comparison *comparison, unsigned database)
{
	struct side left;
	struct side right;

	side_begin(&left, comparison->left, database);
	side_begin(&right, comparison->right, database);
	while (left.code == 0 || right.code == 0) {
		int first = order(&left, &right);
		if (first < 0)
			report(comparison, database, &left.key, "is only in the first");
		else if (first > 0)
			report(comparison, database, &right.key, "is only in the second");
		else if (values_differ(&left, &right))
			report(comparison, database, &left.key, "has another value");
		if (first <= 0)
			step(&left, MDB_NEXT);
		if (first >= 0)
			step(&right, MDB_NEXT);
	}
	report_failure(comparison, database, &left);
	report_failure(comparison, database, &right);
	side_end(&left);
	side_end(&right);
}

uint64_t store_compare(struct txn *left, struct txn *right, store_found_cb *found, void *context)
{
	struct comparison comparison = {left, right, found, context, 0};

	for (unsigned database = 0; database < DATABASE_COUNT; database++)
		compare_database(&comparison, database);
	return comparison.count;
}
