#include "server/service/customer.h"

#include <string.h>

#include "common/text.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/number.h"
#include "server/service/service.h"

static enum status take_name(struct call *call, const Pb__CustomerDraft *draft, Pb__Customer *row)
{
	row->name = draft->name;
	return field_required(call, "name", draft->name, NAME_MAX_LEN);
}

static enum status take_kind(struct call *call, const Pb__CustomerDraft *draft, Pb__Customer *row)
{
	row->kind = draft->kind == PB__CUSTOMER_KIND__CUSTOMER_KIND_NONE
			    ? PB__CUSTOMER_KIND__COMPANY
			    : draft->kind;
	return field_range(call, "kind", (int64_t)draft->kind, PB__CUSTOMER_KIND__INSTITUTION);
}

static enum status take_office(struct call *call, const Pb__CustomerDraft *draft, Pb__Customer *row)
{
	Pb__Office *office;
	enum status status = find_own_office(call, draft->office, &office);

	if (status == STATUS_OK)
		row->office_id = office->id;
	else
		call->refusal.field = "office";
	return status;
}

static enum status take_department(struct call *call, const Pb__CustomerDraft *draft,
				   Pb__Customer *row)
{
	enum status status = find_own_department(call, row->office_id, draft->department, 0,
						 &row->department_id);

	if (status != STATUS_OK)
		call->refusal.field = "department";
	return status;
}

/* Who has but his own customers can neither make them another's nor add another's. */
static enum status take_owner(struct call *call, const Pb__CustomerDraft *draft, Pb__Customer *row)
{
	Pb__Principal *owner;
	enum status status = STATUS_OK;

	if (call->scope == SCOPE_OWN) {
		row->owner_id = call->principal->id;
		if (!text_empty(draft->owner) && strcmp(draft->owner, call->principal->login) != 0)
			status = call_refuse(call, STATUS_DENIED, REASON_owner_forbids, NULL);
	} else if (text_empty(draft->owner)) {
		row->owner_id = 0;
	} else {
		status = find_colleague(call, draft->owner, &owner);
		if (status == STATUS_OK)
			row->owner_id = owner->id;
	}
	if (status != STATUS_OK)
		call->refusal.field = "owner";
	return status;
}

static enum status judge_contact(struct call *call, const Pb__Contact *contact)
{
	enum status status;

	if (field_blank(contact->name) && field_blank(contact->phone) &&
	    field_blank(contact->address) && field_blank(contact->id_number) &&
	    field_blank(contact->account))
		return call_refuse_field(call, REASON_required, "contacts", 0);
	status = field_unmasked(call, "contacts", contact->name, NAME_MAX_LEN);
	if (status == STATUS_OK)
		status = field_unmasked(call, "contacts", contact->phone, NAME_MAX_LEN);
	if (status == STATUS_OK)
		status = field_unmasked(call, "contacts", contact->address, ADDRESS_MAX_LEN);
	if (status == STATUS_OK)
		status = field_document(call, "contacts", contact->id_number, ID_NUMBER_MAX_LEN);
	if (status == STATUS_OK)
		status = field_document(call, "contacts", contact->account, ACCOUNT_MAX_LEN);
	return status;
}

static enum status take_contacts(struct call *call, const Pb__CustomerDraft *draft,
				 Pb__Customer *row)
{
	enum status status = STATUS_OK;

	if (draft->n_contacts > CUSTOMER_CONTACTS_MAX)
		return call_refuse_field(call, REASON_too_many, "contacts", CUSTOMER_CONTACTS_MAX);
	for (size_t i = 0; status == STATUS_OK && i < draft->n_contacts; i++)
		status = judge_contact(call, draft->contacts[i]);
	row->n_contacts = draft->n_contacts;
	row->contacts = draft->contacts;
	return status;
}

static enum status take_ref(struct call *call, const Pb__CustomerDraft *draft, Pb__Customer *row)
{
	row->ref = draft->ref;
	return field_ref(call, "ref", draft->ref);
}

static enum status take_note(struct call *call, const Pb__CustomerDraft *draft, Pb__Customer *row)
{
	row->note = draft->note;
	return field_text(call, "note", draft->note, NOTE_MAX_LEN);
}

static const struct customer_field {
	const char *name;
	enum status (*take)(struct call *call, const Pb__CustomerDraft *draft, Pb__Customer *row);
} customer_fields[] = {
	{"name", take_name},         {"kind", take_kind},
	{"office", take_office},     {"owner", take_owner},
	{"ref", take_ref},           {"note", take_note},
	{"contacts", take_contacts}, {"department", take_department},
};

#define CUSTOMER_FIELDS (sizeof(customer_fields) / sizeof(customer_fields[0]))

enum status customer_take(struct call *call, const Pb__CustomerDraft *draft, uint64_t mask,
			  Pb__Customer *row)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < CUSTOMER_FIELDS; i++)
		if (mask & UINT64_C(1) << i)
			status = customer_fields[i].take(call, draft, row);
	return status;
}

uint64_t customer_field(const char *name, size_t len)
{
	for (size_t i = 0; i < CUSTOMER_FIELDS; i++)
		if (strlen(customer_fields[i].name) == len &&
		    memcmp(customer_fields[i].name, name, len) == 0)
			return UINT64_C(1) << i;
	return 0;
}

const char *customer_field_name(size_t at)
{
	return at < CUSTOMER_FIELDS ? customer_fields[at].name : NULL;
}

uint64_t customer_ref_owner(struct call *call, const Pb__Customer *row)
{
	struct key key = {.len = 0};

	if (text_empty(row->ref))
		return 0;
	key_text(&key, row->ref);
	key_u64(&key, row->office_id);
	return index_find(call->txn, INDEX_customer_by_ref, &key);
}

static bool same_contact(const Pb__Contact *left, const Pb__Contact *right)
{
	return strcmp(left->name, right->name) == 0 && strcmp(left->phone, right->phone) == 0 &&
	       strcmp(left->address, right->address) == 0 &&
	       strcmp(left->id_number, right->id_number) == 0 &&
	       strcmp(left->account, right->account) == 0;
}

static bool same_contacts(const Pb__Customer *left, const Pb__Customer *right)
{
	if (left->n_contacts != right->n_contacts)
		return false;
	for (size_t i = 0; i < left->n_contacts; i++)
		if (!same_contact(left->contacts[i], right->contacts[i]))
			return false;
	return true;
}

const char *customer_difference(const Pb__Customer *left, const Pb__Customer *right)
{
	if (strcmp(left->name, right->name) != 0)
		return "name";
	if (left->kind != right->kind)
		return "kind";
	if (left->office_id != right->office_id)
		return "office";
	if (left->owner_id != right->owner_id)
		return "owner";
	if (strcmp(left->ref, right->ref) != 0)
		return "ref";
	if (strcmp(left->note, right->note) != 0)
		return "note";
	if (left->department_id != right->department_id)
		return "department";
	return same_contacts(left, right) ? NULL : "contacts";
}

enum status check_customer_add(struct call *call, const Pb__CustomerAddRequest *request,
			       Pb__CustomerAddReply *reply)
{
	Pb__Customer *row = make_customer(call);
	struct numbering numbering;
	const Pb__Office *office;
	enum status status;

	if (row == NULL)
		return STATUS_MEMORY;
	if (request->draft == NULL)
		return call_refuse_field(call, REASON_required, "draft", 0);
	status = customer_take(call, request->draft, CUSTOMER_FIELDS_ALL, row);
	if (status != STATUS_OK)
		return status;
	if (customer_ref_owner(call, row) != 0)
		return call_refuse_taken(call, "ref", row->ref);
	office = office_get(call->txn, row->office_id, call->arena);
	if (office == NULL)
		return STATUS_MEMORY;
	numbering_init(&numbering, call, call->config->number_customer, INDEX_customer_by_number);
	status = numbering_next(&numbering, office, &row->number);
	if (status != STATUS_OK)
		return status;
	row->id = call_new_id(call, TABLE_customer);
	row->version = 1;
	reply->customer = row;
	reply->series = numbering.series[0];
	return call_subject(call, SUBJECT_CUSTOMER, row->id) ? STATUS_OK : STATUS_LIMIT;
}

void apply_customer_add(struct txn *txn, const struct entry *entry,
			const Pb__CustomerAddRequest *request, const Pb__CustomerAddReply *reply)
{
	(void)entry;
	(void)request;
	series_put(txn, reply->series);
	customer_put(txn, reply->customer);
}
