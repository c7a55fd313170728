#include "client/cmd/paper_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/cosigners.h"

#define QUIET_LINES 2 /* of text, above and below */

static char *print(const struct buf *note, const struct checkpoint *checkpoint, bool on_screen)
{
	struct paper_head head = {.note = (const char *)buf_head(note),
				  .note_len = note->len,
				  .checkpoint = *checkpoint,
				  .signed_at = COSIGNERS_TIME,
				  .printed_at = (int64_t)COSIGNERS_TIME * 1000000,
				  .on_screen = on_screen};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	assert_int_equal(paper_head_write(&head, to), STATUS_OK);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void sign(struct checkpoint *checkpoint, struct buf *note)
{
	struct cosigner log;

	*checkpoint = cosigners_head(12, 0);
	cosigner_init(&log, COSIGNERS_ORIGIN, NOTE_ED25519);
	cosigner_beat(&log, checkpoint, COSIGNERS_TIME, note);
	cosigner_release(&log);
}

static void the_page_says_the_head_in_figures_that_can_be_read_out(void **state)
{
	struct checkpoint checkpoint;
	struct buf note = BUF_EMPTY;
	char hex[2 * HASH_LEN + 1];
	char groups[11];
	char *page;

	(void)state;
	sign(&checkpoint, &note);
	page = print(&note, &checkpoint, false);
	hex_encode(checkpoint.root, HASH_LEN, hex);
	snprintf(groups, sizeof(groups), " %.4s %.4s", hex, hex + 4);
	assert_non_null(strstr(page, groups));
	assert_non_null(strstr(page, "Ledger        " COSIGNERS_ORIGIN "\n"));
	assert_non_null(strstr(page, "Entries       12\n"));
	assert_non_null(strstr(page, "2026-02-16 11:00:00 (UTC+8)"));
	buf_release(&note);
	free(page);
}

static void the_page_has_the_signed_note_word_for_word(void **state)
{
	struct checkpoint checkpoint;
	struct buf note = BUF_EMPTY;
	char *page;

	(void)state;
	sign(&checkpoint, &note);
	page = print(&note, &checkpoint, false);
	assert_int_equal(buf_append(&note, "\n", 2), STATUS_OK);
	assert_non_null(strstr(page, (const char *)buf_head(&note)));
	buf_release(&note);
	free(page);
}

/* Characters of a line, which has no others than blocks and blanks; 0: it has. */
static size_t blocks_in(const char *line, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; count++) {
		if (line[i] == ' ')
			i++;
		else if (len - i >= 3 && memcmp(line + i, "\xe2\x96", 2) == 0)
			i += 3;
		else
			return 0;
	}
	return count;
}

static void the_code_is_square_with_its_finders_and_white_around(void **state)
{
	/* Dark, white, three dark, white, dark: the middle of a finder, here two rows at once. */
	static const char finder[] = "█ ███ █";
	struct checkpoint checkpoint;
	struct buf note = BUF_EMPTY;
	size_t width = 0;
	size_t lines = 0;
	size_t finders = 0;
	char *page;

	(void)state;
	sign(&checkpoint, &note);
	page = print(&note, &checkpoint, false);
	for (char *at = page, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		size_t blocks = blocks_in(at, (size_t)(end - at));

		if (blocks < 30)
			continue;
		assert_true(width == 0 || blocks == width);
		width = blocks;
		*end = '\0';
		if (lines < QUIET_LINES)
			assert_int_equal(strspn(at, " "), width);
		assert_int_equal(strspn(at, " ") >= 4, true);
		finders += strstr(at, finder) != NULL;
		lines++;
	}
	assert_int_equal(lines, (width + 1) / 2);
	assert_true(finders >= 2);
	buf_release(&note);
	free(page);
}

static void on_a_dark_screen_the_code_is_black_on_white_all_the_same(void **state)
{
	struct checkpoint checkpoint;
	struct buf note = BUF_EMPTY;
	char *page;

	(void)state;
	sign(&checkpoint, &note);
	page = print(&note, &checkpoint, true);
	assert_non_null(strstr(page, "\033[30;107m    "));
	buf_release(&note);
	free(page);
}

static void a_note_that_no_code_can_hold_is_refused(void **state)
{
	struct paper_head head = {.checkpoint = cosigners_head(12, 0)};
	FILE *to = fopen("/dev/null", "w");
	char note[4000];

	(void)state;
	memset(note, 'x', sizeof(note));
	head.note = note;
	head.note_len = sizeof(note);
	assert_int_equal(paper_head_write(&head, to), STATUS_LIMIT);
	fclose(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_says_the_head_in_figures_that_can_be_read_out),
		cmocka_unit_test(the_page_has_the_signed_note_word_for_word),
		cmocka_unit_test(the_code_is_square_with_its_finders_and_white_around),
		cmocka_unit_test(on_a_dark_screen_the_code_is_black_on_white_all_the_same),
		cmocka_unit_test(a_note_that_no_code_can_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
