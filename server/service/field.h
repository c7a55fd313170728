/*
 * Rules for single fields of a request. Each check returns STATUS_OK or refuses the call with
 * STATUS_INVALID, naming the field. Characters were judged before (common/message.h).
 */
#ifndef SERVER_SERVICE_FIELD_H
#define SERVER_SERVICE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/service/call.h"

#define NAME_MAX_LEN 200 /* bytes; a name in any script */
#define TITLE_MAX_LEN 500
#define PLACE_MAX_LEN 200
#define ADDRESS_MAX_LEN 400
#define ID_NUMBER_MAX_LEN 40
#define ACCOUNT_MAX_LEN 60
#define REF_MAX_LEN 100   /* 统一社会信用代码 has 18; old numbers are longer */
#define NOTE_MAX_LEN 2000 /* below common/message.h's limit of one text */
#define PURPOSE_MAX_LEN 500
#define ASKED_MAX_LEN 200     /* what people type to name a record */
#define OFFICE_CODE_MAX_LEN 8 /* it begins every number the office issues */
#define LOGIN_MAX_LEN 32
#define PAGES_MAX 1000000

/* Whether there is nothing in it, or only blanks of any width: it then counts as missing. */
bool field_blank(const char *text);

/* At most max bytes. */
MUST_CHECK enum status field_text(struct call *call, const char *field, const char *text,
				  size_t max);

/* The same, and not blank. */
MUST_CHECK enum status field_required(struct call *call, const char *field, const char *text,
				      size_t max);

/* At most max bytes, and not what masking leaves of a value: that was never the value itself. */
MUST_CHECK enum status field_unmasked(struct call *call, const char *field, const char *text,
				      size_t max);

/* The same for numbers of documents and accounts, of which there are many kinds: ASCII letters and
 * digits, with "()-./ " between. May be empty. */
MUST_CHECK enum status field_document(struct call *call, const char *field, const char *text,
				      size_t max);

/* May be empty; no blank at either end, since it is looked up as it stands. */
MUST_CHECK enum status field_ref(struct call *call, const char *field, const char *text);

/* [A-Z0-9]{1,8} */
MUST_CHECK enum status field_office_code(struct call *call, const char *field, const char *text);

/* [a-z0-9.-]{1,32} */
MUST_CHECK enum status field_login(struct call *call, const char *field, const char *text);

/* 0..max */
MUST_CHECK enum status field_range(struct call *call, const char *field, int64_t value,
				   int64_t max);

/* A business date, or 0 for none. */
MUST_CHECK enum status field_date(struct call *call, const char *field, int32_t date);

/* A business date that is 0, or one there is and not past (in_the_past); how late it may be is the
 * rule's. */
MUST_CHECK enum status field_until(struct call *call, const char *field, int32_t until);

#endif
