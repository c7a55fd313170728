/* Verifying a bundle of the ledger: what its check found, in words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/interrupt.h"
#include "client/cli/lang.h"
#include "client/cli/progress.h"
#include "client/cmd/verify.h"
#include "client/lib/bundle_check.h"
#include "common/base64.h"
#include "common/date.h"

#define DIFFERENCES_SHOWN 100
#define LOAN_TEXT_LEN 256
#define DAY 86400 /* seconds */
#define CLOCK_OFF 120

struct checking {
	struct verifying *verifying;
	struct progress progress;
	int interrupt;
	uint64_t differences;
	struct bundle_findings found;
};

/* ---- while it runs ---- */

static bool step(void *context, uint64_t done, uint64_t size)
{
	struct checking *checking = context;

	progress_step(&checking->progress, checking->found.sequence - checking->found.from, done,
		      size);
	return !interrupt_seen(checking->interrupt);
}

static void print_loan(char to[static LOAN_TEXT_LEN], bool lent, uint64_t loan, uint64_t borrower,
		       int64_t since, int32_t due)
{
	char time[DATE_TIME_TEXT_LEN];
	char date[DATE_TEXT_LEN];

	date_format_time(since, FIELD_ZONE_MINUTES, time);
	date_format(due, date);
	if (lent)
		snprintf(to, LOAN_TEXT_LEN, _("loan %llu to account %llu since %s, due %s"),
			 (unsigned long long)loan, (unsigned long long)borrower, time, date);
	else
		snprintf(to, LOAN_TEXT_LEN, "%s", _("not on loan"));
}

static void see_difference(void *context, const struct bundle_item *item,
			   const struct replay_item *said)
{
	struct checking *checking = context;
	char by_entries[LOAN_TEXT_LEN];
	char listed[LOAN_TEXT_LEN];

	if (checking->differences++ >= DIFFERENCES_SHOWN)
		return;
	if (checking->progress.open)
		(void)progress_end(&checking->progress); /* its line would be written over */
	print_loan(by_entries, said->lent, said->loan, said->borrower, said->since, said->due);
	if (item == NULL) {
		verify_tell(checking->verifying, FINDING_FAILS,
			    _("item %llu is not in the inventory; by entry %llu: %s"),
			    (unsigned long long)said->id, (unsigned long long)said->sequence,
			    by_entries);
		return;
	}
	print_loan(listed, item->standing == BUNDLE_LENT, item->loan, item->borrower, item->since,
		   item->due);
	verify_tell(checking->verifying, FINDING_FAILS,
		    _("item %.*s: %s by the inventory, %s by the entries, the last %llu"),
		    (int)item->number_len, item->number, listed, by_entries,
		    (unsigned long long)said->sequence);
}

/* ---- what holds ---- */

static void tell_root(struct verifying *verifying, const char *what, uint64_t size,
		      const uint8_t root[static HASH_LEN])
{
	char text[BASE64_LEN(HASH_LEN) + 1];

	base64_encode(root, HASH_LEN, text);
	verify_tell(verifying, FINDING_HOLDS, _("%s: %llu entries, root %s"), what,
		    (unsigned long long)size, text);
}

static void tell_entries(struct verifying *verifying, const struct bundle_findings *found)
{
	char first[DATE_TIME_TEXT_LEN];
	char last[DATE_TIME_TEXT_LEN];

	verify_tell(verifying, FINDING_HOLDS,
		    _("%llu entries, from number %llu on: in order, none missing, none twice"),
		    (unsigned long long)(found->to - found->from), (unsigned long long)found->from);
	date_format_time(found->first_time, FIELD_ZONE_MINUTES, first);
	date_format_time(found->last_time, FIELD_ZONE_MINUTES, last);
	if (found->first_time != 0)
		verify_tell(verifying, FINDING_HOLDS, _("their times never go back: %s to %s"),
			    first, last);
	verify_tell(verifying, FINDING_HOLDS,
		    _("hashes, each computed anew: %llu headers, %llu contents"),
		    (unsigned long long)(found->full + found->erased + found->headers),
		    (unsigned long long)found->full);
}

static void tell_heads(struct verifying *verifying, const struct bundle_findings *found)
{
	if (found->from > 0)
		tell_root(verifying, _("the ledger before it"), found->from, found->root_from);
	tell_root(verifying, _("the ledger at its end"), found->to, found->root_to);
	verify_tell(verifying, FINDING_HOLDS,
		    _("%llu heads of ledger %s, signed by a key that you gave; the newest has %llu "
		      "entries, and all are of this one past"),
		    (unsigned long long)found->heads, found->origin,
		    (unsigned long long)found->head_size);
	if (verifying->witnessed)
		verify_tell(verifying, FINDING_HOLDS,
			    _("%zu witnesses have seen the head of %llu entries, as many as the "
			      "policy asks for"),
			    found->witnesses, (unsigned long long)found->witnessed_size);
	if (verifying->has_since)
		verify_tell(verifying, FINDING_HOLDS,
			    _("your own old head of %llu entries: what came later was only added"),
			    (unsigned long long)verifying->since.size);
}

/* What entries say of their time, against what others say of it. */
static void tell_times(struct verifying *verifying, const struct bundle_findings *found)
{
	if (found->times > 0)
		verify_tell(verifying, FINDING_HOLDS,
			    _("no entry was found dated later than the heads that have it: %llu "
			      "times of signing, by the ledger's key and witnesses"),
			    (unsigned long long)found->times);
	else
		verify_tell(verifying, FINDING_OPEN,
			    _("whether entries were dated forward: no head says when it was "
			      "signed"));
	if (verifying->since_time > 0)
		verify_tell(verifying, FINDING_HOLDS,
			    _("no entry behind your own old head is dated before it"));
	else if (verifying->has_since)
		verify_tell(verifying, FINDING_OPEN,
			    _("whether entries behind your own old head were dated back: it does "
			      "not say when it was signed"));
}

static void tell_replay(struct verifying *verifying, const struct bundle_findings *found)
{
	const struct bundle_replayed *replayed = &found->replayed;

	if (!verifying->replay)
		return;
	verify_tell(verifying, replayed->differ == 0 ? FINDING_HOLDS : FINDING_FAILS,
		    _("%llu acts followed: %llu items stand as they say, %llu otherwise"),
		    (unsigned long long)replayed->acts, (unsigned long long)replayed->agree,
		    (unsigned long long)replayed->differ);
}

/* ---- what cannot be known ---- */

static void tell_age(struct verifying *verifying, const struct bundle_findings *found)
{
	char time[DATE_TIME_TEXT_LEN];
	int64_t now = clock_now() / 1000000;

	if (found->dated == 0) {
		verify_tell(verifying, FINDING_OPEN,
			    _("how old it is: no head says when it was signed"));
		return;
	}
	date_format_time(found->dated < INT64_MAX / 1000000 ? found->dated * 1000000 : INT64_MAX,
			 FIELD_ZONE_MINUTES, time);
	if (now < found->dated - CLOCK_OFF)
		verify_tell(verifying, FINDING_OPEN,
			    _("how old it is: head office signed it as of %s, which is yet to "
			      "come; look at this machine's clock, then ask head office"),
			    time);
	else
		verify_tell(verifying, FINDING_OPEN,
			    _("what came after %s, %lld days ago: then, as head office signed it, "
			      "the ledger had %llu entries"),
			    time, (long long)(now - found->dated) / DAY,
			    (unsigned long long)found->dated_size);
}

static void tell_missing(struct verifying *verifying, const struct bundle_findings *found)
{
	if (found->headers > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("what was asked and decided in %llu entries: their headers alone are "
			      "here, which say who did what when"),
			    (unsigned long long)found->headers);
	if (found->leaves > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("anything of %llu entries but that they are there: their hashes "
			      "alone are here"),
			    (unsigned long long)found->leaves);
	if (found->explained > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("what was erased from %llu entries, whose headers are whole: an act "
			      "of erasure about the same is here"),
			    (unsigned long long)found->explained);
	if (found->erased > found->explained)
		verify_tell(verifying, FINDING_OPEN,
			    _("what is missing from %llu entries, and whether it was rightly "
			      "erased: no act of erasure about them is here; ask head office for "
			      "its number"),
			    (unsigned long long)(found->erased - found->explained));
}

static void tell_inventory(struct verifying *verifying, const struct bundle_findings *found)
{
	if (!verifying->replay && found->items > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("the inventory of %llu items, which is what the server says: "
			      "--replay compares it with the entries"),
			    (unsigned long long)found->items);
	if (found->replayed.unknown > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("how %llu items stand: entries about them are not here in full"),
			    (unsigned long long)found->replayed.unknown);
	if (verifying->replay && found->erased > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("whether what is left of %llu entries is what stood there: no hash "
			      "covers it, and it was followed where it agrees"),
			    (unsigned long long)found->erased);
	if (verifying->replay && found->leaves > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("whether items moved in the %llu entries of which the hashes alone "
			      "are here: they were not followed"),
			    (unsigned long long)found->leaves);
}

/* Before the bundle, behind it, and behind what witnesses have seen. */
static void tell_outside(struct verifying *verifying, const struct bundle_findings *found)
{
	if (found->from > 0)
		verify_tell(verifying, FINDING_OPEN,
			    _("anything of the %llu entries before it: they are not in the file"),
			    (unsigned long long)found->from);
	if (found->head_size > found->to)
		verify_tell(verifying, FINDING_OPEN,
			    _("anything of the %llu entries after it, which the newest head has: "
			      "they are not in the file"),
			    (unsigned long long)(found->head_size - found->to));
	if (verifying->witnessed && found->witnessed_size < found->to)
		verify_tell(verifying, FINDING_OPEN,
			    _("whether others were shown its last %llu entries: the witnesses have "
			      "seen the first %llu"),
			    (unsigned long long)(found->to - found->witnessed_size),
			    (unsigned long long)found->witnessed_size);
}

static void tell_unknown(struct verifying *verifying, const struct bundle_findings *found)
{
	tell_missing(verifying, found);
	tell_inventory(verifying, found);
	tell_outside(verifying, found);
	if (!verifying->witnessed)
		verify_tell(verifying, FINDING_OPEN,
			    _("whether others were shown the same ledger: for that, give a policy "
			      "that names witnesses"));
	if (!verifying->has_since)
		verify_tell(verifying, FINDING_OPEN,
			    _("whether it continues what you saw earlier: for that, give your own "
			      "old head, --since"));
	tell_age(verifying, found);
}

/* ---- the check ---- */

/* The same for programs, beside the findings. */
static enum status report_numbers(struct verifying *verifying, const struct bundle_findings *found)
{
	json_t *file;
	json_t *numbers;

	if (verifying->cli->format != FORMAT_JSON)
		return STATUS_OK;
	file = json_array_get(verifying->report, json_array_size(verifying->report) - 1);
	numbers = json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
		"s:I}",
		"fault", bundle_fault_name(found->fault), "from", (json_int_t)found->from, "to",
		(json_int_t)found->to, "full", (json_int_t)found->full, "erased",
		(json_int_t)found->erased, "explained", (json_int_t)found->explained, "headers",
		(json_int_t)found->headers, "leaves", (json_int_t)found->leaves, "heads",
		(json_int_t)found->heads, "head_size", (json_int_t)found->head_size, "dated",
		(json_int_t)found->dated, "witnessed", (json_int_t)found->witnessed_size, "times",
		(json_int_t)found->times, "items", (json_int_t)found->items, "agree",
		(json_int_t)found->replayed.agree, "differ", (json_int_t)found->replayed.differ,
		"unknown", (json_int_t)found->replayed.unknown);
	return json_object_set_new(file, "bundle", numbers) == 0 ? STATUS_OK : STATUS_MEMORY;
}

static void tell_all(struct checking *checking, enum status status)
{
	struct verifying *verifying = checking->verifying;
	const struct bundle_findings *found = &checking->found;

	if (status == STATUS_PROOF) {
		verify_tell(verifying, FINDING_FAILS, _("byte %llu, entry %llu: %s"),
			    (unsigned long long)found->offset, (unsigned long long)found->sequence,
			    _(bundle_fault_text(found->fault)));
		verify_tell(verifying, FINDING_OPEN,
			    _("anything behind that; fetch the file by another way before you "
			      "accuse anybody: a broken copy looks the same"));
		return;
	}
	if (checking->differences > DIFFERENCES_SHOWN)
		verify_tell(verifying, FINDING_FAILS, _("... and %llu items more"),
			    (unsigned long long)(checking->differences - DIFFERENCES_SHOWN));
	tell_entries(verifying, found);
	tell_heads(verifying, found);
	tell_times(verifying, found);
	tell_replay(verifying, found);
	tell_unknown(verifying, found);
}

static enum status check(struct checking *checking, FILE *file)
{
	struct verifying *verifying = checking->verifying;
	struct cli *cli = verifying->cli;
	struct stat stat = {.st_size = 0};
	struct bundle_ask ask = {.policy = verifying->policy,
				 .since = verifying->has_since ? &verifying->since : NULL,
				 .since_time = verifying->since_time,
				 .replay = verifying->replay,
				 .progress = step,
				 .differs = see_difference,
				 .context = checking};
	enum status status;

	if (fstat(fileno(file), &stat) == 0) /* else there is no end to show */
		ask.size = (uint64_t)stat.st_size;
	progress_begin(&checking->progress, cli->err, cli->quiet);
	checking->interrupt = interrupt_catch();
	status = bundle_check(file, &ask, &checking->found);
	interrupt_release(checking->interrupt);
	(void)progress_end(&checking->progress);
	if (status == STATUS_INPUT)
		return cli_complain(cli, status, _("%s cannot be read"), verifying->file);
	if (status != STATUS_OK && status != STATUS_PROOF)
		return status == STATUS_MEMORY
			       ? status
			       : cli_complain(cli, status, "%s", _(status_text(status)));
	tell_all(checking, status);
	return report_numbers(verifying, &checking->found);
}

enum status verify_bundle_file(struct verifying *verifying)
{
	struct checking checking = {.verifying = verifying};
	FILE *file = fopen(verifying->file, "re");
	enum status status;

	if (file == NULL)
		return cli_complain(verifying->cli, STATUS_INPUT, _("%s cannot be read"),
				    verifying->file);
	status = check(&checking, file);
	fclose(file);
	return status;
}
