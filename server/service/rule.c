#include "server/service/rule.h"

struct rule rule_of(const struct config *config, Pb__BorrowerClass class_, Pb__ItemKind kind)
{
	const int64_t days[][3] = {
		{config->loan_staff_box_days, config->loan_staff_volume_days,
		 config->loan_staff_piece_days},
		{config->loan_external_box_days, config->loan_external_volume_days,
		 config->loan_external_piece_days},
	};
	const int64_t renewals[][3] = {
		{config->loan_staff_box_renewals, config->loan_staff_volume_renewals,
		 config->loan_staff_piece_renewals},
		{config->loan_external_box_renewals, config->loan_external_volume_renewals,
		 config->loan_external_piece_renewals},
	};
	unsigned row = class_ == PB__BORROWER_CLASS__EXTERNAL ? 1 : 0;
	unsigned column = kind == PB__ITEM_KIND__BOX ? 0 : kind == PB__ITEM_KIND__VOLUME ? 1 : 2;

	return (struct rule){.days = (int32_t)days[row][column],
			     .renewals = (int32_t)renewals[row][column]};
}

enum status rule_due(struct call *call, const struct rule *rule, int32_t from, int32_t until,
		     int32_t *due)
{
	*due = until == 0 ? from + rule->days : until;
	if (*due > from + rule->days)
		return call_refuse_field(call, REASON_beyond_rule, "until", (uint64_t)rule->days);
	if (*due < from)
		return call_refuse_field(call, REASON_out_of_range, "until", (uint64_t)rule->days);
	return STATUS_OK;
}
