#include "server/service/confidential.h"

#include <string.h>

#include "common/confidential.h"
#include "common/text.h"
#include "server/service/erase.h"
#include "server/service/field.h"
#include "server/service/find.h"
#include "server/service/make.h"
#include "server/service/service.h"
#include "server/service/view.h"

#define NAMED_MAX 50
#define VALUE_MAX_LEN 500

bool confidential_is_named(const struct call *call, const Pb__Confidential *row)
{
	for (size_t i = 0; i < row->n_named; i++)
		if (call->principal != NULL && row->named[i] == call->principal->id)
			return true;
	return false;
}

/* The customer's, NULL when there is none. */
static Pb__Confidential *find_row(struct call *call, const Pb__Customer *customer)
{
	struct key key = {.len = 0};
	uint64_t id;

	key_u64(&key, customer->id);
	id = index_find(call->txn, INDEX_confidential_by_customer, &key);
	return id == 0 ? NULL : confidential_get(call->txn, id, call->arena);
}

/* For whoever is named. What the entry is about must not say that there is a dossier: it is the
 * dossier for those who are named, the customer for those who are not. */
static enum status find_named(struct call *call, const char *text, Pb__Customer **customer,
			      Pb__Confidential **row)
{
	enum status status = find_customer(call, text, 0, customer);

	if (status != STATUS_OK)
		return status;
	*row = find_row(call, *customer);
	if (*row != NULL && confidential_is_named(call, *row))
		return call_subject(call, SUBJECT_CONFIDENTIAL, (*row)->id) ? STATUS_OK
									    : STATUS_LIMIT;
	if (!call_subject(call, SUBJECT_CUSTOMER, (*customer)->id))
		return STATUS_LIMIT;
	return call_refuse(call, STATUS_NOT_FOUND, REASON_confidential_unknown,
			   (*customer)->number);
}

/* ---- writing ---- */

static enum status judge_fact(struct call *call, const Pb__ConfidentialSetRequest *request)
{
	const struct confidential_section *section = confidential_section_find(request->section);

	if (section == NULL)
		return call_refuse_field(call, REASON_field_unknown, request->section, 0);
	if (confidential_field_find(section, request->field) == NULL)
		return call_refuse_field(call, REASON_field_unknown, request->field, 0);
	return field_unmasked(call, "value", request->value, VALUE_MAX_LEN);
}

static bool is_of(const Pb__ConfidentialFact *fact, const Pb__ConfidentialSetRequest *request)
{
	return strcmp(fact->section, request->section) == 0 &&
	       strcmp(fact->field, request->field) == 0;
}

/* Puts the value in place of the one that is there, or takes that out. */
static enum status set_fact(struct call *call, const Pb__ConfidentialSetRequest *request,
			    Pb__Confidential *row)
{
	Pb__ConfidentialFact *fact = make_confidential_fact(call);
	Pb__ConfidentialFact **facts =
		arena_calloc(call->arena, row->n_facts + 1, sizeof(Pb__ConfidentialFact *));
	size_t count = 0;

	if (fact == NULL || facts == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < row->n_facts; i++)
		if (!is_of(row->facts[i], request))
			facts[count++] = row->facts[i];
	if (!text_empty(request->value)) {
		fact->section = request->section;
		fact->field = request->field;
		fact->value = request->value;
		facts[count++] = fact;
	}
	row->facts = facts;
	row->n_facts = count;
	return STATUS_OK;
}

enum status check_confidential_set(struct call *call, const Pb__ConfidentialSetRequest *request,
				   Pb__ConfidentialSetReply *reply)
{
	Pb__Customer *customer;
	enum status status = find_named(call, request->customer, &customer, &reply->confidential);

	if (status == STATUS_OK)
		status = erase_refuse(call, customer->erasure_id, customer->number);
	if (status == STATUS_OK)
		status = judge_fact(call, request);
	return status != STATUS_OK ? status : set_fact(call, request, reply->confidential);
}

void apply_confidential_set(struct txn *txn, const struct entry *entry,
			    const Pb__ConfidentialSetRequest *request,
			    const Pb__ConfidentialSetReply *reply)
{
	(void)entry;
	(void)request;
	confidential_put(txn, reply->confidential);
}

/* ---- reading ---- */

static const Pb__ConfidentialFact *fact_of(const Pb__Confidential *row, const char *section,
					   const char *field)
{
	for (size_t i = 0; i < row->n_facts; i++)
		if (strcmp(row->facts[i]->section, section) == 0 &&
		    strcmp(row->facts[i]->field, field) == 0)
			return row->facts[i];
	return NULL;
}

/* In the order of the table. */
static enum status show_facts(struct call *call, const Pb__Confidential *row,
			      Pb__ConfidentialShowReply *reply)
{
	size_t count;
	const struct confidential_section *sections = confidential_all(&count);

	reply->facts = arena_calloc(call->arena, row->n_facts + 1, sizeof(Pb__ConfidentialFact *));
	if (reply->facts == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < count; i++) {
		const struct confidential_field *field = sections[i].fields;

		for (; field->word != NULL && reply->n_facts < row->n_facts; field++) {
			const Pb__ConfidentialFact *fact =
				fact_of(row, sections[i].word, field->word);

			if (fact != NULL)
				reply->facts[reply->n_facts++] = (Pb__ConfidentialFact *)fact;
		}
	}
	return STATUS_OK;
}

static enum status show_named(struct call *call, const Pb__Confidential *row, const char ***named,
			      size_t *count)
{
	*named = arena_calloc(call->arena, row->n_named + 1, sizeof(**named));
	if (*named == NULL)
		return STATUS_MEMORY;
	for (*count = 0; *count < row->n_named; ++*count)
		(*named)[*count] = view_login(call, row->named[*count]);
	return STATUS_OK;
}

enum status serve_confidential_show(struct call *call, const Pb__ConfidentialShowRequest *request,
				    Pb__ConfidentialShowReply *reply)
{
	Pb__Customer *customer;
	Pb__Confidential *row;
	enum status status;

	call->sensitive = true;
	call->right = MASK_RIGHT_SECRET;
	status = find_named(call, request->customer, &customer, &row);
	if (status != STATUS_OK)
		return status;
	reply->customer = customer->number;
	reply->name = customer->name;
	status = show_facts(call, row, reply);
	if (status != STATUS_OK)
		return status;
	return show_named(call, row, &reply->named, &reply->n_named);
}

/* ---- naming ---- */

/* Staff whose role could use it at all. */
static enum status find_staff(struct call *call, const char *login, Pb__Principal **person)
{
	enum status status = field_required(call, "person", login, ASKED_MAX_LEN);

	if (status == STATUS_OK)
		status = find_login(call, login, person);
	if (status == STATUS_OK &&
	    !role_may(role_find((int)(*person)->role), PERMISSION_CONFIDENTIAL))
		status = call_refuse(call, STATUS_CONFLICT, REASON_role_unfit, login);
	return status;
}

/* Adds the person, or takes him out; twice is the same as once. */
static enum status name(struct call *call, const Pb__ConfidentialNameRequest *request,
			uint64_t person, Pb__Confidential *row)
{
	uint64_t *named = arena_calloc(call->arena, row->n_named + 1, sizeof(*named));
	size_t count = 0;

	if (named == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < row->n_named; i++)
		if (row->named[i] != person)
			named[count++] = row->named[i];
	if (!request->remove)
		named[count++] = person;
	if (count > NAMED_MAX)
		return call_refuse_field(call, REASON_too_many, "person", NAMED_MAX);
	row->named = named;
	row->n_named = count;
	return STATUS_OK;
}

static Pb__Confidential *make_row(struct call *call, const Pb__Customer *customer)
{
	Pb__Confidential *row = make_confidential(call);

	if (row != NULL) {
		row->id = call_new_id(call, TABLE_confidential);
		row->customer_id = customer->id;
	}
	return row;
}

enum status check_confidential_name(struct call *call, const Pb__ConfidentialNameRequest *request,
				    Pb__ConfidentialNameReply *reply)
{
	enum status status = field_required(call, "reason", request->reason, PURPOSE_MAX_LEN);
	Pb__Customer *customer;
	Pb__Principal *person;
	Pb__Confidential *row;

	if (status == STATUS_OK)
		status = find_customer(call, request->customer, 0, &customer);
	if (status == STATUS_OK)
		status = erase_refuse(call, customer->erasure_id, customer->number);
	if (status == STATUS_OK)
		status = find_staff(call, request->person, &person);
	if (status != STATUS_OK)
		return status;
	row = find_row(call, customer);
	if (row == NULL)
		row = make_row(call, customer);
	if (row == NULL)
		return STATUS_MEMORY;
	status = name(call, request, person->id, row);
	if (status != STATUS_OK)
		return status;
	reply->confidential = row;
	reply->customer = customer->number;
	status = show_named(call, row, &reply->named, &reply->n_named);
	if (status != STATUS_OK)
		return status;
	return call_subject(call, SUBJECT_CONFIDENTIAL, row->id) &&
			       call_subject(call, SUBJECT_PRINCIPAL, person->id)
		       ? STATUS_OK
		       : STATUS_LIMIT;
}

void apply_confidential_name(struct txn *txn, const struct entry *entry,
			     const Pb__ConfidentialNameRequest *request,
			     const Pb__ConfidentialNameReply *reply)
{
	(void)entry;
	(void)request;
	confidential_put(txn, reply->confidential);
}
