/* What of the ledger leaves for whom, record by record. */
#include "tests/unit/service/consent.h"

#include <string.h>

#include "common/bundle.h"
#include "common/ed25519.h"
#include "server/ledger/signer.h"

#define ORIGIN "archive.example/dossier"
#define RECORDS_MAX 256
#define ITEMS 600

struct fixture {
	struct desk desk;
	const char *customer; /* of CD, with a contact */
	const char *piece;    /* lent */
	const char *sealed;
	uint64_t manager;
	uint64_t signed_size;
	struct buf bundle;
	struct bundle_record records[RECORDS_MAX];
	size_t count;
};

static void open_signer(struct desk *desk)
{
	char path[96];
	char why[SIGNER_WHY_LEN];
	struct ed25519 *key;
	struct buf pem = BUF_EMPTY;

	assert_int_equal(ed25519_new(&key, &pem), STATUS_OK);
	ed25519_free(key);
	snprintf(path, sizeof(path), "%s/signer", desk->directory);
	assert_int_equal(signer_create(path), STATUS_OK);
	assert_int_equal(signer_open(&desk->signer, path, ORIGIN, buf_head(&pem), pem.len, why),
			 STATUS_OK);
	buf_release(&pem);
}

/* As the writer does after each group. */
static void sign(struct fixture *fixture)
{
	struct desk *desk = &fixture->desk;
	struct merkle_proof proof;
	struct merkle_edge edge;
	uint64_t size = ledger_size(desk->ledger);

	assert_int_equal(ledger_edge(desk->ledger, size, &edge), STATUS_OK);
	assert_int_equal(merkle_prove_consistency(&edge, fixture->signed_size, &proof), STATUS_OK);
	assert_int_equal(
		signer_sign(desk->signer, size, merkle_edge_root(&edge), &proof, desk->now),
		STATUS_OK);
	fixture->signed_size = size;
}

static const char *add_customer(struct desk *desk)
{
	Pb__CustomerAddRequest request = PB__CUSTOMER_ADD_REQUEST__INIT;
	Pb__CustomerDraft draft = PB__CUSTOMER_DRAFT__INIT;
	Pb__Contact contact = PB__CONTACT__INIT;
	Pb__Contact *contacts[] = {&contact};
	ProtobufCMessage *reply;

	contact.name = "张三";
	contact.phone = "13812341234";
	draft.name = "成都某某公司";
	draft.contacts = contacts;
	draft.n_contacts = 1;
	request.draft = &draft;
	assert_int_equal(desk_act(desk, DESK_CLERK_CD, RPC_customer_add, &request.base, &reply),
			 STATUS_OK);
	return arena_printf(&desk->keep, "%s",
			    ((Pb__CustomerAddReply *)(void *)reply)->customer->number);
}

static void seal(struct desk *desk, const char *item)
{
	Pb__ItemSealRequest request = PB__ITEM_SEAL_REQUEST__INIT;

	request.item = item;
	request.reason = "封存";
	assert_int_equal(desk_act(desk, DESK_ARCHIVIST, RPC_item_seal, &request.base, NULL),
			 STATUS_OK);
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct desk *desk = &fixture.desk;

	memset(&fixture, 0, sizeof(fixture));
	desk_open_ledger(desk);
	open_signer(desk);
	fixture.manager = consent_person(desk, "gm", PB__ROLE__GENERAL_MANAGER);
	fixture.customer = add_customer(desk);
	fixture.piece = desk_add_piece(desk, DESK_CLERK_CD, fixture.customer, NULL);
	fixture.sealed = desk_add_piece(desk, DESK_CLERK_CD, fixture.customer, NULL);
	seal(desk, fixture.sealed);
	assert_int_equal(desk_borrow(desk, DESK_CLERK_CD, fixture.piece, "wang.fang"), STATUS_OK);
	sign(&fixture);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	buf_release(&fixture->bundle);
	signer_close(fixture->desk.signer);
	desk_close(&fixture->desk);
	return 0;
}

/* Exports, and cuts what came into records. */
static enum status export(struct fixture *fixture, uint64_t who, uint64_t from, uint64_t to) {
	Pb__LedgerExportRequest request = PB__LEDGER_EXPORT_REQUEST__INIT;
	const Pb__LedgerExportReply * reply; size_t at = BUNDLE_MAGIC_LEN; enum status status;

	request.from = from; request.to = to;
	status = desk_list(&fixture->desk, who, RPC_ledger_export, &request.base);
	buf_clear(&fixture->bundle); fixture->count = 0;
	for (size_t i = 0;
	     status == STATUS_OK && (reply = (const void *)desk_row(&fixture->desk, i)) != NULL;
	     i++) assert_int_equal(buf_append(&fixture->bundle, reply->part.data, reply->part.len),
				   STATUS_OK);
	for (; status == STATUS_OK && at < fixture->bundle.len;
	     fixture->count++){const uint8_t *bytes = buf_head(&fixture->bundle) + at;
			       enum bundle_kind kind; size_t len;

			       assert_true(fixture->count < RECORDS_MAX);
			       assert_int_equal(bundle_prefix(bytes, &kind, &len), STATUS_OK);
			       assert_int_equal(bundle_decode(&fixture->records[fixture->count],
							      kind, bytes + BUNDLE_PREFIX_LEN, len),
						STATUS_OK);
			       at += BUNDLE_PREFIX_LEN + len;}
return status;
}

/* The record of the last entry with that RPC number. */
static const struct bundle_record *entry_of(const struct fixture *fixture, enum rpc_number rpc)
{
	const struct bundle_record *found = NULL;
	struct subject subjects[ENTRY_SUBJECTS_MAX];

	for (size_t i = 0; i < fixture->count; i++) {
		const struct bundle_record *record = &fixture->records[i];
		struct entry entry;

		if (record->kind != BUNDLE_FULL && record->kind != BUNDLE_HEADER)
			continue;
		assert_int_equal(entry_decode(&entry, subjects, record->entry.header,
					      record->entry.header_len),
				 STATUS_OK);
		if (entry.rpc == rpc)
			found = record;
	}
	return found;
}

static size_t count_of(const struct fixture *fixture, enum bundle_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < fixture->count; i++)
		count += fixture->records[i].kind == kind;
	return count;
}

static const struct bundle_item *item_of(const struct fixture *fixture, const char *number)
{
	for (size_t i = 0; i < fixture->count; i++) {
		const struct bundle_item *item = &fixture->records[i].item;

		if (fixture->records[i].kind == BUNDLE_ITEM && item->number_len == strlen(number) &&
		    memcmp(item->number, number, item->number_len) == 0)
			return item;
	}
	return NULL;
}

static void what_is_masked_or_sealed_leaves_as_a_header(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(export(fixture, DESK_ARCHIVIST, 0, 0), STATUS_OK);
	assert_int_equal(fixture->records[0].kind, BUNDLE_BEGIN);
	assert_int_equal(fixture->records[fixture->count - 1].kind, BUNDLE_END);
	assert_int_equal(fixture->records[fixture->count - 1].end.to, fixture->signed_size);
	assert_int_equal(entry_of(fixture, RPC_borrow)->kind, BUNDLE_FULL);
	assert_int_equal(entry_of(fixture, RPC_customer_add)->kind, BUNDLE_HEADER);
	assert_int_equal(entry_of(fixture, RPC_item_seal)->kind, BUNDLE_HEADER);
	assert_int_equal(item_of(fixture, fixture->piece)->standing, BUNDLE_LENT);
	assert_int_equal(item_of(fixture, fixture->piece)->borrower, DESK_WANG);
	assert_int_equal(item_of(fixture, fixture->sealed)->standing, BUNDLE_SEALED);
}

static void who_has_no_grant_gets_headers_and_no_inventory(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(export(fixture, DESK_AUDITOR, 0, 0), STATUS_OK);
	assert_int_equal(entry_of(fixture, RPC_borrow)->kind, BUNDLE_HEADER);
	assert_int_equal(entry_of(fixture, RPC_office_add)->kind, BUNDLE_FULL);
	assert_int_equal(count_of(fixture, BUNDLE_ITEM), 0);
	assert_true(fixture->desk.call.sensitive);
}

static void of_a_confidential_dossier_only_those_named_get_more_than_a_hash(void **state)
{
	struct fixture *fixture = *state;
	Pb__ConfidentialNameRequest request = PB__CONFIDENTIAL_NAME_REQUEST__INIT;

	request.customer = fixture->customer;
	request.person = "anna";
	request.reason = "项目跟进";
	assert_int_equal(desk_act(&fixture->desk, fixture->manager, RPC_confidential_name,
				  &request.base, NULL),
			 STATUS_OK);
	sign(fixture);
	assert_int_equal(export(fixture, DESK_AUDITOR, 0, 0), STATUS_OK);
	assert_int_equal(count_of(fixture, BUNDLE_LEAF), 1);
	assert_null(entry_of(fixture, RPC_confidential_name));
	assert_int_equal(export(fixture, DESK_ARCHIVIST, 0, 0), STATUS_OK);
	assert_int_equal(count_of(fixture, BUNDLE_LEAF), 0);
	assert_non_null(entry_of(fixture, RPC_confidential_name));
}

static void an_inventory_longer_than_a_slice_goes_on_in_the_next(void **state)
{
	struct fixture *fixture = *state;
	struct desk *desk = &fixture->desk;
	Pb__LedgerExportRequest request = PB__LEDGER_EXPORT_REQUEST__INIT;
	const Pb__LedgerExportReply *reply;
	const Pb__LedgerExportReply *last = NULL;

	for (size_t i = 0; i < ITEMS; i++)
		(void)desk_add_piece(desk, DESK_CLERK_CD, fixture->customer, NULL);
	sign(fixture);
	desk->slice_rows = SCAN_ROWS_MAX - 10; /* a slice has room for few */
	request.from = fixture->signed_size - 10;
	assert_int_equal(desk_list(desk, DESK_ARCHIVIST, RPC_ledger_export, &request.base),
			 STATUS_OK);
	assert_in_range(desk->slices, 2, ITEMS);
	for (size_t i = 0; (reply = (const void *)desk_row(desk, i)) != NULL; i++) {
		assert_true(reply->done <= reply->all);
		last = reply;
	}
	assert_int_equal(last->done, 10 + ITEMS + 2);
	assert_int_equal(last->all, last->done);
}

static void a_part_begins_with_the_peaks_before_it_and_has_no_inventory(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = fixture->signed_size;
	uint8_t root[HASH_LEN];
	struct merkle tree;
	struct merkle_edge edge;

	assert_int_equal(export(fixture, DESK_ARCHIVIST, size - 5, size - 2), STATUS_OK);
	assert_int_equal(count_of(fixture, BUNDLE_ITEM), 0);
	assert_int_equal(fixture->count, 1 + 3 + 1 + 1);
	merkle_init(&tree);
	tree.size = size - 5;
	memcpy(tree.peaks, fixture->records[0].begin.peaks, merkle_peaks(&tree) * HASH_LEN);
	merkle_root(&tree, fixture->desk.hash, root);
	assert_int_equal(ledger_edge(fixture->desk.ledger, size - 5, &edge), STATUS_OK);
	assert_memory_equal(root, merkle_edge_root(&edge), HASH_LEN);
	assert_int_equal(fixture->records[fixture->count - 1].end.whole, 0);
}

static void what_is_not_there_yet_or_was_never_signed_is_refused(void **state)
{
	struct fixture *fixture = *state;
	uint64_t size = fixture->signed_size;

	assert_int_equal(export(fixture, DESK_ARCHIVIST, size + 1, 0), STATUS_INVALID);
	assert_string_equal(fixture->desk.call.refusal.field, "from");
	assert_int_equal(export(fixture, DESK_ARCHIVIST, 0, size + 1), STATUS_INVALID);
	assert_string_equal(fixture->desk.call.refusal.field, "to");
	assert_int_equal(export(fixture, DESK_ARCHIVIST, 5, 4), STATUS_INVALID);
	(void)desk_add_piece(&fixture->desk, DESK_CLERK_CD, fixture->customer, NULL);
	assert_int_equal(export(fixture, DESK_ARCHIVIST, 0, 0), STATUS_QUARANTINE);
	assert_string_equal(desk_reason(&fixture->desk), "quarantine");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_masked_or_sealed_leaves_as_a_header),
		TEST(who_has_no_grant_gets_headers_and_no_inventory),
		TEST(of_a_confidential_dossier_only_those_named_get_more_than_a_hash),
		TEST(an_inventory_longer_than_a_slice_goes_on_in_the_next),
		TEST(a_part_begins_with_the_peaks_before_it_and_has_no_inventory),
		TEST(what_is_not_there_yet_or_was_never_signed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
