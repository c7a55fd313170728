/*
 * A disk that is really full: head office on a small tmpfs of its own, filled from outside. Whether
 * the ledger or the state runs out of space first: acts are refused as STORAGE_FULL, no memory map
 * is cut off below us (SIGBUS), reading goes on, and work as soon as there is space again.
 * Exits with 77 when it may not mount.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path.h"
#include "tests/crash/erasing.h"
#include "tests/crash/script.h"

#define DISK_SIZE "size=64m"
#define SEGMENT_LARGE (32u * 1024 * 1024)
#define GROUP 100
#define GROUPS_MAX 2000
#define SPARE (6l * 1024 * 1024) /* for groups; less than another state takes */
#define GROUPS_AFTER 20          /* tried on the full disk */

#define NEED(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("  line %d: not so: %s\n", __LINE__, #condition);                   \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

struct scene {
	const char *name;
	uint32_t segment_size;
	bool state_runs_out;
	int (*play)(struct office *office, const struct scene *scene);
};

/* One group of new items; returns how many were done. */
static unsigned add_items(struct office *office, unsigned *full, unsigned *other)
{
	struct act *acts[GROUP];
	unsigned done = 0;
	for (unsigned i = 0; i < GROUP; i++) {
		Pb__ItemDraft draft = PB__ITEM_DRAFT__INIT;
		Pb__ItemAddRequest request = PB__ITEM_ADD_REQUEST__INIT;
		draft.title = "购销合同";
		draft.customer = OFFICE_CUSTOMER;
		request.draft = &draft;
		acts[i] = act_make(office, office->archivist, RPC_item_add, &request.base);
	}
	engine_run(office->engine, acts, GROUP);
	for (unsigned i = 0; i < GROUP; i++) {
		done += acts[i]->status == STATUS_OK;
		*full += acts[i]->status == STATUS_STORAGE_FULL;
		*other += acts[i]->status != STATUS_OK && acts[i]->status != STATUS_STORAGE_FULL;
		act_free(acts[i]);
	}
	return done;
}

/* Takes all the space that is left. */
static bool fill_disk(const struct office *office, struct path *ballast)
{
	static const char block[65536];
	if (path_join(ballast, office->directory, "ballast") != STATUS_OK)
		return false;
	int fd = open(ballast->text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	while (write(fd, block, sizeof(block)) > 0)
		;
	bool is_full = errno == ENOSPC;
	close(fd);
	return is_full;
}

static void print_wrong(void *context, const char *text)
{
	(void)context;
	printf("  %s\n", text);
}

static bool is_whole(struct office *office)
{
	uint8_t root[HASH_LEN];
	struct txn *txn = NULL;
	if (script_mark(office->engine, root) != ledger_size(engine_ledger(office->engine)) ||
	    store_read(engine_store(office->engine), &txn) != STATUS_OK)
		return false;
	bool whole = store_check(txn, print_wrong, NULL) == 0;
	txn_end(txn);
	return whole;
}

/* The scene on a disk that is mounted at the office's directory. */
static int play(struct office *office, const struct scene *scene)
{
	struct path ballast;
	unsigned full = 0;
	unsigned other = 0;
	unsigned groups = 0;
	office_found(office, scene->segment_size);
	NEED(add_items(office, &full, &other) == GROUP);
	NEED(fill_disk(office, &ballast));
	while (full == 0 && groups++ < GROUPS_MAX)
		add_items(office, &full, &other);
	NEED(full > 0 && other == 0);
	NEED((store_reserve(engine_store(office->engine)) == STATUS_STORAGE_FULL) ==
	     scene->state_runs_out);
	for (unsigned i = 0; i < GROUPS_AFTER; i++)
		add_items(office, &full, &other);
	NEED(other == 0);
	NEED(!engine_fenced(office->engine));
	NEED(is_whole(office));
	NEED(unlink(ballast.text) == 0);
	NEED(add_items(office, &full, &other) == GROUP);
	uint64_t size = ledger_size(engine_ledger(office->engine));
	office_reopen(office, false);
	NEED(ledger_size(engine_ledger(office->engine)) == size);
	NEED(is_whole(office));
	NEED(add_items(office, &full, &other) == GROUP);
	printf("  full after %u acts, ledger of %llu bytes, state of %llu\n", groups * GROUP,
	       (unsigned long long)ledger_bytes(engine_ledger(office->engine)),
	       (unsigned long long)store_bytes(engine_store(office->engine)));
	return 0;
}

/* Room for groups, none for another state: the text goes from the ledger, and work goes on; the
 * rest follows once there is room. */
static int play_erasure(struct office *office, const struct scene *scene)
{
	struct path ballast;
	struct record none = {0};
	struct erasing erasing;
	struct stat info;
	unsigned full = 0;
	unsigned other = 0;
	erasing_allow(office);
	office_found(office, scene->segment_size);
	NEED(add_items(office, &full, &other) == GROUP);
	NEED(fill_disk(office, &ballast));
	NEED(stat(ballast.text, &info) == 0);
	NEED(truncate(ballast.text, info.st_size - SPARE) == 0);
	erasing_do(office, &none, &erasing);
	NEED(!engine_fenced(office->engine));
	NEED(add_items(office, &full, &other) == GROUP);
	NEED(erasing_judge(&erasing, office->engine, office->data) != NULL);
	office_reopen(office, false);
	NEED(add_items(office, &full, &other) == GROUP);
	NEED(unlink(ballast.text) == 0);
	engine_beat(office->engine);
	const char *wrong = erasing_judge(&erasing, office->engine, office->data);
	NEED(wrong == NULL);
	NEED(add_items(office, &full, &other) == GROUP && full + other == 0);
	NEED(is_whole(office));
	return 0;
}

/* In a process and a mount namespace of its own; 77 when that is not allowed. */
static int run_scene(const struct scene *scene)
{
	struct office office;
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return 77;
	office_prepare(&office);
	if (mount("tmpfs", office.directory, "tmpfs", 0, DISK_SIZE) != 0) {
		config_free(office.config);
		return rmdir(office.directory) == 0 ? 77 : 1;
	}
	int code = scene->play(&office, scene);
	engine_close(office.engine);
	config_free(office.config);
	if (umount2(office.directory, MNT_DETACH) != 0 || rmdir(office.directory) != 0)
		return 1;
	return code;
}

static const struct scene scenes[] = {
	{"the ledger finds no room for a segment", LEDGER_SEGMENT_MIN, false, play},
	{"the state finds no room under its map", SEGMENT_LARGE, true, play},
	{"an erasure finds no room for another state", LEDGER_SEGMENT_MIN, false, play_erasure},
};

int main(void)
{
	unsigned passed = 0;
	unsigned failed = 0;
	unsigned skipped = 0;
	log_set_level(LOG_LEVEL_ERROR);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		int status = 0;
		(void)fflush(stdout);
		pid_t child = fork();
		if (child == 0)
			exit(run_scene(&scenes[i]));
		if (child < 0 || waitpid(child, &status, 0) != child)
			abort();
		if (WIFSIGNALED(status))
			printf("  ended by signal %d\n", WTERMSIG(status));
		bool skips = WIFEXITED(status) && WEXITSTATUS(status) == 77;
		bool passes = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		printf("%s %s\n",
		       skips    ? "skipped (may not mount)"
		       : passes ? "ok"
				: "FAIL",
		       scenes[i].name);
		skipped += skips;
		passed += passes;
		failed += !skips && !passes;
	}
	printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed > 0 ? 1 : passed > 0 ? 0 : 77;
}
