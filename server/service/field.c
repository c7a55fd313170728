#include "server/service/field.h"

#include <string.h>

#include "common/date.h"
#include "server/service/mask_text.h"

#define DIGITS "0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"

static const char *const blanks[] = {" ", "\u00a0", "\u3000"}; /* as keyboards give them */

static size_t blank_len(const char *text)
{
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (strncmp(text, blanks[i], strlen(blanks[i])) == 0)
			return strlen(blanks[i]);
	return 0;
}

bool field_blank(const char *text)
{
	for (size_t len; (len = blank_len(text)) > 0;)
		text += len;
	return *text == '\0';
}

enum status field_text(struct call *call, const char *field, const char *text, size_t max)
{
	if (strlen(text) > max)
		return call_refuse_field(call, REASON_too_long, field, max);
	return STATUS_OK;
}

enum status field_required(struct call *call, const char *field, const char *text, size_t max)
{
	if (field_blank(text))
		return call_refuse_field(call, REASON_required, field, 0);
	return field_text(call, field, text, max);
}

enum status field_ref(struct call *call, const char *field, const char *text)
{
	size_t len = strlen(text);

	if (len > 0 && (text[0] == ' ' || text[len - 1] == ' '))
		return call_refuse_field(call, REASON_malformed, field, 0);
	return field_text(call, field, text, REF_MAX_LEN);
}

static enum status field_of(struct call *call, const char *field, const char *text, size_t max,
			    const char *characters)
{
	enum status status = field_required(call, field, text, max);

	if (status == STATUS_OK && text[strspn(text, characters)] != '\0')
		status = call_refuse_field(call, REASON_malformed, field, 0);
	return status;
}

enum status field_unmasked(struct call *call, const char *field, const char *text, size_t max)
{
	if (mask_is_mask(text))
		return call_refuse_field(call, REASON_masked_value, field, 0);
	return field_text(call, field, text, max);
}

enum status field_document(struct call *call, const char *field, const char *text, size_t max)
{
	enum status status = field_unmasked(call, field, text, max);

	if (status == STATUS_OK && text[strspn(text, UPPER LOWER DIGITS "()-./ ")] != '\0')
		status = call_refuse_field(call, REASON_malformed, field, 0);
	return status;
}

enum status field_office_code(struct call *call, const char *field, const char *text)
{
	return field_of(call, field, text, OFFICE_CODE_MAX_LEN, UPPER DIGITS);
}

enum status field_login(struct call *call, const char *field, const char *text)
{
	return field_of(call, field, text, LOGIN_MAX_LEN, LOWER DIGITS ".-");
}

enum status field_range(struct call *call, const char *field, int64_t value, int64_t max)
{
	if (value < 0 || value > max)
		return call_refuse_field(call, REASON_out_of_range, field, (uint64_t)max);
	return STATUS_OK;
}

enum status field_date(struct call *call, const char *field, int32_t date)
{
	return field_range(call, field, date, DATE_MAX);
}

enum status field_until(struct call *call, const char *field, int32_t until)
{
	enum status status = field_date(call, field, until);

	if (status == STATUS_OK && until != 0 && until < call->today)
		status = call_refuse_field(call, REASON_in_the_past, field, 0);
	return status;
}
