#include "server/service/import.h"

#include "common/hash.h"
#include "server/service/field.h"
#include "server/service/make.h"

#define ROW_MAX 100000000 /* of a file, so that a row's number cannot overflow */

enum status import_envelope_check(struct call *call, const struct import_envelope *envelope)
{
	enum status status = field_text(call, "source", envelope->source, NAME_MAX_LEN);

	if (status == STATUS_OK && envelope->digest.len != HASH_LEN)
		status = call_refuse_field(call, REASON_malformed, "digest", HASH_LEN);
	if (status == STATUS_OK)
		status = field_range(call, "first_row", envelope->first_row, ROW_MAX);
	if (status == STATUS_OK && envelope->rows == 0)
		status = call_refuse_field(call, REASON_required, "rows", 0);
	if (status == STATUS_OK && envelope->rows > IMPORT_ROWS_MAX)
		status = call_refuse_field(call, REASON_too_many, "rows", IMPORT_ROWS_MAX);
	return status;
}

enum status import_too_large(struct call *call)
{
	enum status status = call_refuse(call, STATUS_LIMIT, REASON_too_many, NULL);

	call->refusal.field = "rows";
	return status;
}

Pb__RowVerdict *import_verdict(struct call *call, const struct import_envelope *envelope,
			       size_t index)
{
	Pb__RowVerdict *verdict = make_row_verdict(call);

	if (verdict != NULL) {
		verdict->row =
			(envelope->first_row == 0 ? 1 : envelope->first_row) + (uint32_t)index;
		verdict->verdict = PB__VERDICT__ADDED;
	}
	return verdict;
}

enum status import_invalid(struct call *call, enum status status, Pb__RowVerdict *verdict)
{
	if (status == STATUS_OK || call->refusal.status == 0)
		return status;
	verdict->verdict = PB__VERDICT__INVALID;
	verdict->reason = call->refusal.reason;
	verdict->field = call->refusal.field;
	pb__refusal__init(&call->refusal);
	return STATUS_OK;
}

void import_present(Pb__RowVerdict *verdict, const char *number, const char *difference)
{
	verdict->number = number;
	verdict->verdict = difference == NULL ? PB__VERDICT__UNCHANGED : PB__VERDICT__DIFFERS;
	if (difference != NULL) {
		verdict->reason = reason_name(REASON_taken);
		verdict->field = difference;
	}
}
