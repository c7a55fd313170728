#include "server/service/find.h"
#include "server/service/holding.h"
#include "server/service/make.h"
#include "server/service/scope.h"
#include "server/service/service.h"
#include "server/service/view.h"

#define MICROSECONDS INT64_C(1000000)
#define CERTIFICATES_SHOWN 10 /* one is renewed some six times a year */

static Pb__CertificateView *view_certificate(struct call *call, uint64_t id)
{
	const Pb__Certificate *row = certificate_get(call->txn, id, call->arena);
	Pb__CertificateView *view = make_certificate_view(call);

	if (row == NULL || view == NULL)
		return NULL;
	view->id = id;
	view->ends = row->not_after * MICROSECONDS;
	view->revoked_at = row->revoked_at;
	view->serial = row->serial;
	view->state = row->revoked_at != 0      ? PB__CERTIFICATE_STATE__CERTIFICATE_REVOKED
		      : view->ends <= call->now ? PB__CERTIFICATE_STATE__CERTIFICATE_ENDED
						: PB__CERTIFICATE_STATE__CERTIFICATE_VALID;
	return view;
}

static enum status show_certificates(struct call *call, Pb__PrincipalShowReply *reply)
{
	uint64_t newest[CERTIFICATES_SHOWN] = {0}; /* a ring */
	struct key key = {.len = 0};
	struct walk *walk;
	size_t count = 0;
	uint64_t id;

	key_u64(&key, reply->principal->id);
	walk = index_walk(call->txn, INDEX_certificate_by_principal, &key);
	while (walk_next(walk, &id))
		newest[count++ % CERTIFICATES_SHOWN] = id;
	walk_end(walk);
	reply->certificates =
		arena_calloc(call->arena, CERTIFICATES_SHOWN, sizeof(Pb__CertificateView *));
	if (reply->certificates == NULL)
		return STATUS_MEMORY;
	while (count > 0 && reply->n_certificates < CERTIFICATES_SHOWN) {
		Pb__CertificateView *view =
			view_certificate(call, newest[--count % CERTIFICATES_SHOWN]);

		if (view == NULL)
			return STATUS_MEMORY;
		reply->certificates[reply->n_certificates++] = view;
	}
	return STATUS_OK;
}

/* The code that was made last is the only one that may still be used. */
static void show_code(struct call *call, Pb__PrincipalShowReply *reply)
{
	struct key key = {.len = 0};
	const Pb__Enrolment *row;
	struct walk *walk;
	uint64_t last = 0;

	key_u64(&key, reply->principal->id);
	walk = index_walk(call->txn, INDEX_enrolment_by_principal, &key);
	for (uint64_t id; walk_next(walk, &id);)
		last = id;
	walk_end(walk);
	row = last == 0 ? NULL : enrolment_get(call->txn, last, call->arena);
	if (row != NULL && !row->withdrawn && row->certificate_id == 0 &&
	    row->expires_at > call->now)
		reply->code_expires_at = row->expires_at;
}

static enum status show_holdings(struct call *call, Pb__PrincipalShowReply *reply)
{
	const struct {
		enum holding holding;
		Pb__Holding **view;
	} parts[] = {
		{HOLDING_LOANS, &reply->loans},   {HOLDING_CUSTOMERS, &reply->customers},
		{HOLDING_ASKED, &reply->asked},   {HOLDING_DELEGATIONS, &reply->delegations},
		{HOLDING_GRANTS, &reply->grants}, {HOLDING_DECIDES, &reply->decides},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		*parts[i].view = holding_view(call, parts[i].holding, reply->principal);
		if (*parts[i].view == NULL)
			return STATUS_MEMORY;
	}
	return STATUS_OK;
}

enum status serve_principal_show(struct call *call, const Pb__PrincipalShowRequest *request,
				 Pb__PrincipalShowReply *reply)
{
	const Pb__Customer *customer;
	enum status status = find_login(call, request->login, &reply->principal);

	if (status == STATUS_OK && !scope_office(call, reply->principal->office_id))
		status = call_refuse(call, STATUS_NOT_FOUND, REASON_login_unknown, request->login);
	if (status != STATUS_OK)
		return status;
	reply->office = view_office_code(call, reply->principal->office_id);
	reply->department = view_department_code(call, reply->principal->department_id);
	customer = reply->principal->customer_id == 0
			   ? NULL
			   : customer_get(call->txn, reply->principal->customer_id, call->arena);
	if (customer != NULL)
		reply->customer = customer->number;
	show_code(call, reply);
	status = show_certificates(call, reply);
	if (status == STATUS_OK)
		status = show_holdings(call, reply);
	if (status != STATUS_OK)
		return status;
	return call_subject(call, SUBJECT_PRINCIPAL, reply->principal->id) ? STATUS_OK
									   : STATUS_LIMIT;
}
