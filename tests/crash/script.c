#include "tests/crash/script.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/date.h"
#include "common/file.h"
#include "common/path.h"
#include "server/dispatch/snapshot.h"
#include "tests/crash/disk.h"

#define NOTE_LEN 1900
#define FILL_TO (900u * 1024) /* bytes of ledger before the script, which then rolls a segment */
#define COPY_MAX (4u * 1024 * 1024)
#define SEED 20260131

/* ---- a clock that stands, salts that are the same ---- */

static int64_t frozen; /* 0: not yet */

int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);
void __real_random_bytes(void *to, size_t len);
void __wrap_random_bytes(void *to, size_t len);

int64_t __wrap_clock_now(void)
{
	return frozen != 0 ? frozen : __real_clock_now();
}

void __wrap_random_bytes(void *to, size_t len)
{
	if (frozen == 0)
		__real_random_bytes(to, len);
	else
		memset(to, 's', len);
}

void script_freeze(void)
{
	frozen = __real_clock_now();
}

/* ---- the acts ---- */

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "script: %s\n", what);
	abort();
}

static struct act *make_act(struct office *office, const char *item, bool lends, const char *note)
{
	Pb__BorrowRequest borrow = PB__BORROW_REQUEST__INIT;
	Pb__ReturnRequest back = PB__RETURN_REQUEST__INIT;
	borrow.items = back.items = &item;
	borrow.n_items = back.n_items = 1;
	borrow.borrower = "archivist";
	borrow.purpose = "核对";
	back.note = note;
	return lends ? act_make(office, office->archivist, RPC_borrow, &borrow.base)
		     : act_make(office, office->archivist, RPC_return, &back.base);
}

static void make_groups(struct script *script, char *items[], const char *note)
{
	struct chance chance = {.state = SEED};
	for (unsigned i = 0; i < SCRIPT_GROUPS; i++) {
		struct script_group *group = &script->groups[i];
		group->count = 1 + (unsigned)chance_below(&chance, SCRIPT_GROUP_MAX);
		for (unsigned j = 0; j < group->count; j++) {
			const char *item = items[chance_below(&chance, SCRIPT_ITEMS)];
			bool lends = chance_below(&chance, 2) == 0;
			group->acts[j] = make_act(&script->office, item, lends, note);
		}
		script->acts += group->count;
	}
}

/* Brings the ledger near the end of its segment. */
static void fill(struct office *office, const char *item, const char *note)
{
	for (bool lends = true; ledger_bytes(engine_ledger(office->engine)) < FILL_TO;
	     lends = !lends) {
		struct act *act = make_act(office, item, lends, note);
		engine_run(office->engine, &act, 1);
		need(act->status == STATUS_OK, "cannot fill the segment");
		act_free(act);
	}
}

void script_init(struct script *script)
{
	char *items[SCRIPT_ITEMS];
	char note[NOTE_LEN + 1];
	char why[SNAPSHOT_WHY_LEN] = "";
	uint64_t sequence = 0;
	*script = (struct script){0};
	memset(note, 'n', NOTE_LEN);
	note[NOTE_LEN] = '\0';
	office_open(&script->office, LEDGER_SEGMENT_MIN);
	office_add_items(&script->office, items, SCRIPT_ITEMS);
	fill(&script->office, items[0], note);
	make_groups(script, items, note);
	need(snapshot_take(engine_store(script->office.engine), script->office.data, 1, &sequence,
			   why) == STATUS_OK,
	     why);
	script->groups[0].size = sequence;
	snprintf(script->reference, sizeof(script->reference), "%s/reference",
		 script->office.directory);
	for (unsigned i = 0; i < SCRIPT_ITEMS; i++)
		free(items[i]);
	engine_close(script->office.engine);
	script->office.engine = NULL;
}

void script_release(struct script *script)
{
	for (unsigned i = 0; i < SCRIPT_GROUPS; i++)
		for (unsigned j = 0; j < script->groups[i].count; j++)
			act_free(script->groups[i].acts[j]);
	office_close(&script->office);
}

enum script_event script_event(unsigned group)
{
	switch (group) {
	case 15:
	case 45:
		return EVENT_SNAPSHOT;
	case 30:
		return EVENT_STOP;
	case 60:
		return EVENT_CRASH;
	case 80:
		return EVENT_CUT;
	default:
		return EVENT_NONE;
	}
}

/* ---- data directories ---- */

static void copy_file(const char *from, const char *to)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	int fd = -1;
	need(file_get(from, COPY_MAX, &bytes, &len) == STATUS_OK, from);
	need(file_open(to, O_WRONLY | O_CREAT | O_EXCL, &fd) == STATUS_OK &&
		     file_write_at(fd, bytes, len, 0) == STATUS_OK,
	     to);
	close(fd);
	free(bytes);
}

static struct path join(const char *directory, const char *name)
{
	struct path path;
	need(path_join(&path, directory, name) == STATUS_OK, "a name is too long");
	return path;
}

/* Of the snapshot, of which the office took one, its data file is the state. */
static void copy_state(const struct script *script, const char *state)
{
	char name[64];
	snprintf(name, sizeof(name), "snapshots/%020llu/data.mdb",
		 (unsigned long long)script->groups[0].size);
	need(directory_make(state) == STATUS_OK, state);
	copy_file(join(script->office.data, name).text, join(state, "data.mdb").text);
}

void script_copy(const struct script *script, const char *data)
{
	struct path ledger = join(data, "ledger");
	static const char *const files[] = {"ledger/00000000000000000000.seg", "signer/head",
					    "identity/log-key.pem"};
	need(directory_make(data) == STATUS_OK && directory_make(ledger.text) == STATUS_OK &&
		     directory_make(join(data, "snapshots").text) == STATUS_OK &&
		     directory_make(join(data, "signer").text) == STATUS_OK &&
		     directory_make(join(data, "identity").text) == STATUS_OK,
	     data);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		copy_file(join(script->office.data, files[i]).text, join(data, files[i]).text);
	copy_state(script, join(data, "state").text);
}

void script_another_boot(const char *data)
{
	FILE *file = fopen(join(data, "running").text, "w");
	need(file != NULL && fputs("another boot\n", file) >= 0 && fclose(file) == 0, "running");
}

uint64_t script_mark(struct engine *engine, uint8_t root[static HASH_LEN])
{
	struct txn *txn = NULL;
	struct mark mark = {0};
	struct hash *hash = hash_new();
	need(store_read(engine_store(engine), &txn) == STATUS_OK && hash != NULL,
	     "the state cannot be read");
	mark_get(txn, &mark);
	txn_end(txn);
	merkle_root(&mark.tree, hash, root);
	hash_free(hash);
	return mark.tree.size;
}
