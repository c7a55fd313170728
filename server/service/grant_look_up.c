#include <string.h>

#include "server/service/find.h"
#include "server/service/erase.h"
#include "server/service/grant.h"
#include "server/service/scope.h"

/* Names in words on the way to ids. */
struct names {
	const char *field; /* of the request */
	bool items;        /* else customers */
	const char **words;
	size_t word_count;
	uint64_t *ids;          /* room for those that were there and all words */
	Pb__Secrecy *secrecies; /* of items: as secret as each is now; NULL: of customers */
	size_t id_count;
};

/* An organisation's own: the customer that it is, and that customer's items. */
static bool is_own(const Pb__Principal *grantee, uint64_t customer)
{
	return grantee->role != PB__ROLE__ORGANISATION ||
	       (customer != 0 && grantee->customer_id == customer);
}

static enum status find_one(struct call *call, const struct names *names,
			    const Pb__Principal *grantee, const char *word, uint64_t *id,
			    Pb__Secrecy *secrecy)
{
	Pb__Customer *customer = NULL;
	Pb__Item *item = NULL;
	enum status status = names->items ? find_item(call, word, 0, &item)
					  : find_customer(call, word, 0, &customer);

	if (status != STATUS_OK)
		return status;
	*id = names->items ? item->id : customer->id;
	*secrecy = names->items ? item->secrecy : PB__SECRECY__SECRECY_NONE;
	if (!is_own(grantee, names->items ? item->customer_id : customer->id))
		return call_refuse(call, STATUS_DENIED, REASON_grant_own_records, word);
	status = names->items ? erase_refuse(call, item->erasure_id, item->number)
			      : erase_refuse(call, customer->erasure_id, customer->number);
	if (status != STATUS_OK)
		return status;
	return call_subject(call, names->items ? SUBJECT_ITEM : SUBJECT_CUSTOMER, *id)
		       ? STATUS_OK
		       : STATUS_LIMIT;
}

static bool is_not_there(enum status status)
{
	return status == STATUS_NOT_FOUND || status == STATUS_DENIED;
}

static enum status look_up(struct call *call, struct names *names, const Pb__Principal *grantee,
			   bool strict)
{
	size_t left = 0;

	for (size_t i = 0; i < names->word_count; i++) {
		const char *word = names->words[i];
		Pb__Secrecy secrecy = PB__SECRECY__SECRECY_NONE;
		uint64_t id = 0;
		size_t at = 0;
		enum status status = find_one(call, names, grantee, word, &id, &secrecy);

		if (is_not_there(status) && !strict) {
			pb__refusal__init(&call->refusal);
			names->words[left++] = word;
			continue;
		}
		if (is_not_there(status))
			call->refusal.field = names->field;
		if (status != STATUS_OK)
			return status;
		while (at < names->id_count && names->ids[at] != id)
			at++;
		if (at < names->id_count)
			continue;
		if (names->secrecies != NULL)
			names->secrecies[at] = secrecy;
		names->ids[names->id_count++] = id;
	}
	names->word_count = left;
	return STATUS_OK;
}

static enum status look_up_customers(struct call *call, const Pb__Principal *grantee, bool strict,
				     Pb__Grant *grant)
{
	struct names names = {.field = "customers",
			      .words = grant->named_customers,
			      .word_count = grant->n_named_customers,
			      .ids = arena_calloc(call->arena,
						  grant->n_customers + grant->n_named_customers + 1,
						  sizeof(uint64_t)),
			      .id_count = grant->n_customers};
	enum status status;

	if (names.ids == NULL)
		return STATUS_MEMORY;
	if (grant->n_customers > 0)
		memcpy(names.ids, grant->customers, grant->n_customers * sizeof(uint64_t));
	status = look_up(call, &names, grantee, strict);
	grant->customers = names.ids;
	grant->n_customers = names.id_count;
	grant->n_named_customers = names.word_count;
	return status;
}

static enum status look_up_items(struct call *call, const Pb__Principal *grantee, bool strict,
				 Pb__Grant *grant)
{
	size_t room = grant->n_items + grant->n_named_items + 1;
	struct names names = {.field = "items",
			      .items = true,
			      .words = grant->named_items,
			      .word_count = grant->n_named_items,
			      .ids = arena_calloc(call->arena, room, sizeof(uint64_t)),
			      .secrecies = arena_calloc(call->arena, room, sizeof(Pb__Secrecy)),
			      .id_count = grant->n_items};
	enum status status;

	if (names.ids == NULL || names.secrecies == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < grant->n_items; i++) {
		names.ids[i] = grant->items[i];
		names.secrecies[i] = grant->items_secrecy[i];
	}
	status = look_up(call, &names, grantee, strict);
	grant->items = names.ids;
	grant->n_items = names.id_count;
	grant->items_secrecy = names.secrecies;
	grant->n_items_secrecy = names.id_count;
	grant->n_named_items = names.word_count;
	return status;
}

/* A series is a beginning of numbers, and numbers begin with their office. */
static enum status judge_series(struct call *call, const Pb__Grant *grant)
{
	size_t len = strlen(call->office->code);

	for (size_t i = 0; scope_one_office(call) != 0 && i < grant->n_series; i++)
		if (strncmp(grant->series[i], call->office->code, len) != 0 ||
		    grant->series[i][len] != '-')
			return call_refuse(call, STATUS_DENIED, REASON_office_forbids,
					   grant->series[i]);
	return STATUS_OK;
}

enum status grant_look_up(struct call *call, const Pb__Principal *grantee, bool strict,
			  Pb__Grant *grant)
{
	enum status status = judge_series(call, grant);

	if (status == STATUS_OK)
		status = look_up_customers(call, grantee, strict, grant);
	return status == STATUS_OK ? look_up_items(call, grantee, strict, grant) : status;
}
