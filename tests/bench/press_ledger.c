/*
 * press_ledger ENTRIES ITEMS FILE KEY HEAD: writes a bundle of so many loans and returns of that
 * many items, with its inventory; the ledger's key; and a head of half of the entries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/press.h"

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int write_text(const char *name, const void *text, size_t len)
{
	FILE *file = fopen(name, "w");

	if (file == NULL)
		return fail(name);
	size_t written = fwrite(text, 1, len, file);
	return fclose(file) != 0 || written != len ? fail(name) : 0;
}

/* Each item in turn is lent, then comes back; so half are out in the end, or none. */
static void press(struct press *press, uint64_t entries, uint64_t items)
{
	press_begin(press);
	for (uint64_t i = 0; i < entries; i++)
		press_loan(press, BUNDLE_FULL, i % items + 1,
			   i / (2 * items) * items + i % items + 1, i / items % 2 == 0);
	for (uint64_t item = 1; item <= items && item <= entries; item++) {
		uint64_t last = (entries - item) / items * items + item - 1;
		bool lent = last / items % 2 == 0;

		press_item(press, item, lent ? last / (2 * items) * items + last % items + 1 : 0,
			   press_time(last));
	}
	press_close(press);
	press_head(press, entries, 0);
	press_end(press, true);
}

int main(int argc, char *argv[])
{
	char vkey[NOTE_VKEY_MAX + 1];
	struct buf note = BUF_EMPTY;
	struct press pressed;
	FILE *to;

	if (argc != 6) {
		fprintf(stderr, "usage: %s ENTRIES ITEMS FILE KEY HEAD\n", argv[0]);
		return 2;
	}
	uint64_t entries = strtoull(argv[1], NULL, 10);
	uint64_t items = strtoull(argv[2], NULL, 10);
	to = fopen(argv[3], "w");
	if (to == NULL || entries == 0 || items == 0)
		return fail(argv[3]);
	press_init(&pressed, to);
	press(&pressed, entries, items);
	press_note(&pressed, entries / 2, 0, &note);
	note_key_format(&pressed.key, vkey);
	int failed = fclose(to) != 0 ? fail(argv[3]) : 0;
	failed |= write_text(argv[4], vkey, strlen(vkey));
	failed |= write_text(argv[5], buf_head(&note), note.len);
	buf_release(&note);
	press_release(&pressed);
	return failed;
}
