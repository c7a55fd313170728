#include "client/cmd/sheet.h"

#include <string.h>
#include <strings.h>

#include "client/cli/field.h"
#include "common/message.h"
#include "common/rpc.h"
#include "common/text.h"
#include "proto/request.pb-c.h"

static const struct sheet_column customer_heads[] = {
	{"name|名称|客户名称|单位名称|姓名|", "name"},
	{"kind|类型|客户类型|", "kind"},
	{"office|机构|分支机构|所属机构|", "office"},
	{"owner|负责人|业务员|", "owner"},
	{"contact|联系人|", "contacts.name"},
	{"phone|电话|联系电话|手机|", "contacts.phone"},
	{"address|地址|联系地址|", "contacts.address"},
	{"id_number|证件号码|身份证号|", "contacts.id_number"},
	{"account|银行账号|账号|", "contacts.account"},
	{"ref|统一社会信用代码|原编号|外部编号|", "ref"},
	{"note|备注|", "note"},
	{"department|部门|所属部门|", "department"},
	{"number|编号|客户编号|", NULL},
	{0},
};

static const struct sheet_column item_heads[] = {
	{"title|题名|名称|档案题名|", "title"},
	{"kind|级别|类型|", "kind"},
	{"customer|客户|客户编号|所属客户|", "customer"},
	{"office|机构|分支机构|所属机构|", "office"},
	{"parent|in|上级|所在盒|所在卷|", "parent"},
	{"place|存放位置|位置|库位|", "place"},
	{"pages|页数|", "pages"},
	{"secrecy|密级|", "secrecy"},
	{"original|原件|是否原件|", "authenticity"},
	{"medium|载体|载体类型|", "medium"},
	{"ref|原档号|外部编号|", "ref"},
	{"note|备注|", "note"},
	{"department|部门|所属部门|", "department"},
	{"dated|形成日期|日期|", "dated"},
	{"number|档号|编号|", NULL},
	{"state|状态|", NULL},
	{0},
};

static const struct sheet sheets[] = {
	{"customers", RPC_customer_import, &pb__customer_draft__descriptor, customer_heads},
	{"items", RPC_item_import, &pb__item_draft__descriptor, item_heads},
};

const struct sheet *sheet_find(const char *word)
{
	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		if (strcmp(sheets[i].word, word) == 0)
			return &sheets[i];
	}
	return NULL;
}

static bool has_name(const struct sheet_column *column, const struct csv_field *head)
{
	for (const char *name = column->names; *name != '\0'; name = strchr(name, '|') + 1) {
		if (strcspn(name, "|") == head->len &&
		    strncasecmp(name, head->text, head->len) == 0)
			return true;
	}
	return false;
}

static const struct sheet_column *column_of(const struct sheet *sheet, const struct csv_field *head)
{
	for (const struct sheet_column *one = sheet->columns; one->names != NULL; one++) {
		if (has_name(one, head))
			return one;
	}
	return NULL;
}

enum status sheet_take_heads(struct sheet_heads *heads, const struct sheet *sheet,
			     const struct csv_field *fields, size_t count, const char **wrong)
{
	bool has_first = false;

	*heads = (struct sheet_heads){.sheet = sheet, .count = count};
	for (size_t i = 0; i < count; i++) {
		const struct sheet_column *column = column_of(sheet, &fields[i]);

		for (size_t j = 0; column != NULL && j < i; j++) {
			if (heads->columns[j] == column) {
				*wrong = column->names;
				return STATUS_CONFLICT;
			}
		}
		heads->columns[i] = column;
		has_first |= column == sheet->columns;
	}
	*wrong = sheet->columns->names;
	return has_first ? STATUS_OK : STATUS_NOT_FOUND;
}

const struct sheet *sheet_fitting(const struct sheet *sheet, const struct csv_field *fields,
				  size_t count)
{
	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		struct sheet_heads heads;
		const char *wrong;

		if (&sheets[i] != sheet &&
		    sheet_take_heads(&heads, &sheets[i], fields, count, &wrong) == STATUS_OK)
			return &sheets[i];
	}
	return NULL;
}

static enum status refuse(struct sheet_fault *fault, enum reason_id reason, const char *field)
{
	*fault = (struct sheet_fault){reason_name(reason), field};
	return STATUS_INVALID;
}

/* What the server would refuse the whole batch for is found here, row by row. */
static enum status check_text(const struct csv_field *field, const char *path,
			      struct sheet_fault *fault)
{
	if (field->len > MESSAGE_TEXT_MAX)
		return refuse(fault, REASON_too_long, path);
	switch (text_check(field->text, field->len)) {
	case TEXT_NOT_UTF8:
		return refuse(fault, REASON_not_utf8, path);
	case TEXT_CONTROL:
		return refuse(fault, REASON_control_character, path);
	case TEXT_OK:
		break;
	}
	return STATUS_OK;
}

static enum status take_cell(const struct csv_field *field, const char *path, struct arena *arena,
			     ProtobufCMessage *draft, struct sheet_fault *fault)
{
	const char *expected = NULL;
	const char *copy;
	enum status status = check_text(field, path, fault);

	if (status != STATUS_OK)
		return status;
	copy = arena_copy(arena, field->text, field->len);
	if (copy == NULL)
		return STATUS_MEMORY;
	status = field_put(draft, path, copy, 0, arena, &expected);
	return status == STATUS_USAGE ? refuse(fault, REASON_malformed, path) : status;
}

enum status sheet_take_row(const struct sheet_heads *heads, const struct csv_field *fields,
			   size_t count, struct arena *arena, ProtobufCMessage **draft,
			   struct sheet_fault *fault)
{
	enum status status = STATUS_OK;

	*draft = message_new(heads->sheet->draft, arena);
	if (*draft == NULL)
		return STATUS_MEMORY;
	if (count > heads->count)
		return refuse(fault, REASON_malformed, "row");
	for (size_t i = 0; status == STATUS_OK && i < count; i++) {
		const struct sheet_column *column = heads->columns[i];

		if (column != NULL && column->path != NULL && fields[i].len > 0)
			status = take_cell(&fields[i], column->path, arena, *draft, fault);
	}
	return status;
}
