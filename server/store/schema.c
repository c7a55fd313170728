#include "server/store/schema.h"

/* ---- the tables ---- */

/* The field's kind if its type fits; where it does not, there is no association to select. */
#define PART(Row, field, type, kind)                                                               \
	{                                                                                          \
		_Generic(((Pb__##Row *)0)->field, type : kind), offsetof(Pb__##Row, field)         \
	}
#define TEXT(Row, field) PART(Row, field, const char *, PART_TEXT)
#define BYTES(Row, field) PART(Row, field, ProtobufCBinaryData, PART_BYTES)
#define U32(Row, field) PART(Row, field, uint32_t, PART_U32)
#define U64(Row, field) PART(Row, field, uint64_t, PART_U64)
#define S32(Row, field) PART(Row, field, int32_t, PART_S32)
#define S64(Row, field) PART(Row, field, int64_t, PART_S64)

/* The selections prove that name is Message's in lower case, and that its id is an uint64. */
#define TABLE(table_, Message)                                                                     \
	{                                                                                          \
		.name = #table_,                                                                   \
		.row = _Generic(&pb__##table_##__init, void (*)(Pb__##Message *)                   \
				: &pb__##table_##__descriptor),                                    \
		.id_offset = _Generic(((Pb__##Message *)0)->id, uint64_t                           \
				      : offsetof(Pb__##Message, id)),                              \
	},
#define INDEX(...)
const struct table_spec table_specs[TABLE_COUNT] = {
#include "server/store/schema.def"
};
#undef TABLE
#undef INDEX

#define UNIQUE true
#define MANY false
#define TABLE(...)
#define INDEX(table_, name_, unique_, ...)                                                         \
	{                                                                                          \
		.name = #table_ "." #name_,                                                        \
		.table = TABLE_##table_,                                                           \
		.unique = (unique_),                                                               \
		.parts = {__VA_ARGS__},                                                            \
	},
const struct index_spec index_specs[INDEX_COUNT] = {
#include "server/store/schema.def"
};
#undef TABLE
#undef INDEX

static const char declarations[] =
#define TABLE(name, Message) "TABLE " #name " " #Message "\n"
#define INDEX(table, name, unique, ...) "INDEX " #table " " #name " " #unique " " #__VA_ARGS__ "\n"
#include "server/store/schema.def"
#undef TABLE
#undef INDEX
	;

void schema_hash(uint8_t out[static HASH_LEN])
{
	hash_of(declarations, sizeof(declarations) - 1, out);
}

/* ---- fields and keys ---- */

static const void *field_at(const ProtobufCMessage *row, size_t offset)
{
	return (const uint8_t *)row + offset;
}

uint64_t row_id(enum table table, const ProtobufCMessage *row)
{
	return *(const uint64_t *)field_at(row, table_specs[table].id_offset);
}

/* Appends one part; false when the field is empty or zero. */
static bool add_part(struct key *key, const struct part *part, const ProtobufCMessage *row)
{
	const void *field = field_at(row, part->offset);

	switch (part->kind) {
	case PART_TEXT: {
		const char *text = *(const char *const *)field;
		key_text(key, text);
		return text != NULL && text[0] != '\0';
	}
	case PART_BYTES: {
		const ProtobufCBinaryData *bytes = field;
		key_bytes(key, bytes->data, bytes->len);
		return bytes->len > 0;
	}
	case PART_U32:
		key_u32(key, *(const uint32_t *)field);
		return *(const uint32_t *)field != 0;
	case PART_U64:
		key_u64(key, *(const uint64_t *)field);
		return *(const uint64_t *)field != 0;
	case PART_S32:
		key_s32(key, *(const int32_t *)field);
		return *(const int32_t *)field != 0;
	case PART_S64:
		key_s64(key, *(const int64_t *)field);
		return *(const int64_t *)field != 0;
	case PART_NONE:
		break;
	}
	return false;
}

bool index_key(enum index_id index, const ProtobufCMessage *row, uint64_t id, struct key *key)
{
	const struct index_spec *spec = &index_specs[index];

	key->len = 0;
	if (!add_part(key, &spec->parts[0], row))
		return false;
	for (const struct part *part = &spec->parts[1]; part->kind != PART_NONE; part++)
		(void)add_part(key, part, row); /* only the first part decides */
	if (!spec->unique)
		key_u64(key, id);
	return true;
}
