#include "tests/crash/erasing.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config.h"

#define TITLE "将被销毁的购销合同"
#define FILES_AT_ONCE 8
#define PAGE 4096

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "erasing: %s\n", what);
	abort();
}

/* ---- the acts ---- */

void erasing_allow(struct office *office)
{
	(void)snprintf(office->config->approval_erase, sizeof(office->config->approval_erase),
		       "none");
}

static uint64_t add(struct office *office, char **number)
{
	Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
	Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
	draft.title = TITLE;
	draft.customer = OFFICE_CUSTOMER;
	draft.note = TITLE;
	request.draft = &draft;
	struct act *act = act_run(office, office->archivist, RPC_item_add, &request.base);
	need(act->status == STATUS_OK, "the item is not added");
	Pb__ItemAddReply *reply = (Pb__ItemAddReply *)(void *)act_reply(act);
	*number = strdup(reply->item->number);
	pb__item_add_reply__free_unpacked(reply, NULL);
	uint64_t sequence = act_sequence(act);
	act_free(act);
	return sequence;
}

static void circulate(struct office *office, const char *number)
{
	Pb__ReturnRequest request = PB__RETURN_REQUEST__INIT;
	request.items = &number;
	request.n_items = 1;
	request.note = TITLE;
	act_free(office_borrow(office, number));
	struct act *act = act_run(office, office->archivist, RPC_return, &request.base);
	need(act->status == STATUS_OK, "the item does not come back");
	act_free(act);
}

void erasing_do(struct office *office, const struct record *record, struct erasing *erasing)
{
	Pb__EraseRequest request = PB__ERASE_REQUEST__INIT;
	char *number = NULL;
	erasing->first = add(office, &number);
	circulate(office, number);
	request.item = number;
	request.reason = "期满";
	erasing->from = record->count;
	struct act *act = act_run(office, office->archivist, RPC_erase, &request.base);
	need(act->status == STATUS_OK, "the item is not erased");
	erasing->to = record->count;
	erasing->entry = act_sequence(act);
	Pb__EraseReply *reply = (Pb__EraseReply *)(void *)act_reply(act);
	erasing->entries = reply->erasure->entries;
	pb__erase_reply__free_unpacked(reply, NULL);
	act_free(act);
	free(number);
}

/* ---- what is left ---- */

static bool found; /* by the walk that is under way */

/* Whether one run of data says it; a hole says nothing (and a state is mostly a hole). */
static bool run_has(int fd, off_t from, off_t to)
{
	off_t start = from - from % PAGE;
	size_t len = (size_t)(to - start);
	void *bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, start);
	need(bytes != MAP_FAILED, "mmap");
	bool has = memmem(bytes, len, TITLE, strlen(TITLE)) != NULL;
	(void)munmap(bytes, len);
	return has;
}

static int look_into(const char *path, const struct stat *info, int type, struct FTW *place)
{
	(void)info;
	(void)place;
	if (type != FTW_F)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0, path);
	off_t to = 0;
	for (off_t from; !found && (from = lseek(fd, to, SEEK_DATA)) >= 0;) {
		to = lseek(fd, from, SEEK_HOLE);
		found = run_has(fd, from, to);
	}
	(void)close(fd);
	return 0;
}

static bool is_found(const char *data)
{
	found = false;
	need(nftw(data, look_into, FILES_AT_ONCE, FTW_PHYS) == 0, data);
	return found;
}

/* Every entry is what it commits to, but for those that were to be redacted. */
static const char *judge_entries(const struct erasing *erasing, const struct ledger *ledger)
{
	struct ledger_reader *reader = NULL;
	struct ledger_record record;
	struct hash *hash = hash_new();
	const char *wrong = NULL;
	size_t redacted = 0;
	enum status status = ledger_reader_new(&reader, ledger);
	need(status == STATUS_OK && hash != NULL, "the ledger cannot be read");
	while ((status = ledger_reader_next(reader, &record)) == STATUS_OK) {
		redacted += record.redacted;
		if (record.redacted ? record.entry.sequence < erasing->first
				    : ledger_record_verify(&record, hash) != STATUS_OK)
			wrong = "an entry is not what it was";
	}
	ledger_reader_free(reader);
	hash_free(hash);
	if (wrong == NULL && status != STATUS_NOT_FOUND)
		wrong = "an entry cannot be read";
	if (wrong == NULL &&
	    redacted != (ledger_size(ledger) > erasing->entry ? erasing->entries : 0))
		wrong = "others are redacted than are listed";
	return wrong;
}

const char *erasing_judge(const struct erasing *erasing, struct engine *engine, const char *data)
{
	uint64_t size = ledger_size(engine_ledger(engine));
	char mark[256];
	(void)snprintf(mark, sizeof(mark), "%s/erasing", data);
	if (access(mark, F_OK) == 0)
		return "an erasure is not finished at the start";
	if (is_found(data) != (size > erasing->first && size <= erasing->entry))
		return size > erasing->entry ? "what was erased is there"
					     : "what is to be erased later is not there";
	return judge_entries(erasing, engine_ledger(engine));
}
