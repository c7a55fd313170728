#include "server/service/field.h"
#include "server/service/make.h"
#include "server/service/service.h"

static enum status genesis_fields(struct call *call, const Pb__GenesisRequest *request)
{
	enum status status = field_required(call, "origin", request->origin, NAME_MAX_LEN);

	if (status == STATUS_OK)
		status = field_office_code(call, "office_code", request->office_code);
	if (status == STATUS_OK)
		status = field_required(call, "office_name", request->office_name, NAME_MAX_LEN);
	if (status == STATUS_OK)
		status = field_login(call, "login", request->login);
	if (status == STATUS_OK)
		status = field_required(call, "name", request->name, NAME_MAX_LEN);
	return status;
}

enum status check_genesis(struct call *call, const Pb__GenesisRequest *request,
			  Pb__GenesisReply *reply)
{
	enum status status = genesis_fields(call, request);
	Pb__Principal *officer;
	Pb__Office *office;

	if (status != STATUS_OK)
		return status;
	if (table_last(call->txn, TABLE_office) != 0)
		return call_refuse_taken(call, "office_code", request->office_code);
	office = make_office(call);
	officer = make_principal(call);
	if (office == NULL || officer == NULL)
		return STATUS_MEMORY;
	office->id = call_new_id(call, TABLE_office);
	office->code = request->office_code;
	office->name = request->office_name;
	office->head = true;
	officer->id = call_new_id(call, TABLE_principal);
	officer->login = request->login;
	officer->name = request->name;
	officer->office_id = office->id;
	officer->role = PB__ROLE__OFFICER;
	officer->state = PB__PRINCIPAL_STATE__ACTIVE;
	reply->office = office;
	reply->officer = officer;
	if (!call_subject(call, SUBJECT_OFFICE, office->id) ||
	    !call_subject(call, SUBJECT_PRINCIPAL, officer->id))
		return STATUS_LIMIT;
	return STATUS_OK;
}

void apply_genesis(struct txn *txn, const struct entry *entry, const Pb__GenesisRequest *request,
		   const Pb__GenesisReply *reply)
{
	(void)entry;
	(void)request;
	office_put(txn, reply->office);
	principal_put(txn, reply->officer);
}
