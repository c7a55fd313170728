#include "server/service/item.h"

#include <string.h>

#include "server/service/field.h"

static enum status take_title(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->title = draft->title;
	return field_required(call, "title", draft->title, TITLE_MAX_LEN);
}

static enum status take_kind(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->kind = draft->kind == 0 ? PB__ITEM_KIND__PIECE : draft->kind;
	return field_range(call, "kind", (int64_t)draft->kind, PB__ITEM_KIND__PIECE);
}

/* What office, department, parent and customer are depends on one another: item_draft.c. */
static enum status take_later(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	(void)call;
	(void)draft;
	(void)row;
	return STATUS_OK;
}

static enum status take_place(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->place = draft->place;
	return field_text(call, "place", draft->place, PLACE_MAX_LEN);
}

static enum status take_pages(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->pages = draft->pages;
	return field_range(call, "pages", draft->pages, PAGES_MAX);
}

static enum status take_secrecy(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->secrecy = draft->secrecy == 0 ? PB__SECRECY__INTERNAL : draft->secrecy;
	return field_range(call, "secrecy", (int64_t)draft->secrecy, PB__SECRECY__SECRET);
}

static enum status take_authenticity(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->authenticity =
		draft->authenticity == 0 ? PB__AUTHENTICITY__ORIGINAL : draft->authenticity;
	return field_range(call, "authenticity", (int64_t)draft->authenticity,
			   PB__AUTHENTICITY__COPY);
}

static enum status take_medium(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->medium = draft->medium == 0 ? PB__MEDIUM__PAPER : draft->medium;
	return field_range(call, "medium", (int64_t)draft->medium, PB__MEDIUM__ELECTRONIC);
}

static enum status take_ref(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->ref = draft->ref;
	return field_ref(call, "ref", draft->ref);
}

static enum status take_note(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->note = draft->note;
	return field_text(call, "note", draft->note, NOTE_MAX_LEN);
}

static enum status take_dated(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row)
{
	row->dated = draft->dated;
	return field_date(call, "dated", draft->dated);
}

static const struct {
	const char *name;
	enum status (*take)(struct call *call, const Pb__ItemDraft *draft, Pb__Item *row);
} item_fields[ITEM_FIELD_COUNT] = {
	[ITEM_FIELD_TITLE] = {"title", take_title},
	[ITEM_FIELD_KIND] = {"kind", take_kind},
	[ITEM_FIELD_CUSTOMER] = {"customer", take_later},
	[ITEM_FIELD_OFFICE] = {"office", take_later},
	[ITEM_FIELD_PARENT] = {"parent", take_later},
	[ITEM_FIELD_PLACE] = {"place", take_place},
	[ITEM_FIELD_PAGES] = {"pages", take_pages},
	[ITEM_FIELD_SECRECY] = {"secrecy", take_secrecy},
	[ITEM_FIELD_AUTHENTICITY] = {"authenticity", take_authenticity},
	[ITEM_FIELD_MEDIUM] = {"medium", take_medium},
	[ITEM_FIELD_REF] = {"ref", take_ref},
	[ITEM_FIELD_NOTE] = {"note", take_note},
	[ITEM_FIELD_DEPARTMENT] = {"department", take_later},
	[ITEM_FIELD_DATED] = {"dated", take_dated},
};

enum status item_mask(struct call *call, const char **fields, size_t count, uint64_t *mask)
{
	size_t at;

	*mask = 0;
	for (size_t i = 0; i < count; i++) {
		for (at = 0; at < ITEM_FIELD_COUNT; at++)
			if (strcmp(fields[i], item_fields[at].name) == 0)
				break;
		if (at == ITEM_FIELD_COUNT)
			return call_refuse_field(call, REASON_field_unknown, fields[i], 0);
		*mask |= ITEM_BIT(at);
	}
	return STATUS_OK;
}

enum status item_take(struct call *call, const Pb__ItemDraft *draft, uint64_t mask, Pb__Item *row)
{
	enum status status = STATUS_OK;

	for (unsigned i = 0; status == STATUS_OK && i < ITEM_FIELD_COUNT; i++)
		if (mask & ITEM_BIT(i))
			status = item_fields[i].take(call, draft, row);
	return status;
}

const char *item_difference(const Pb__Item *left, const Pb__Item *right)
{
	if (strcmp(left->title, right->title) != 0)
		return "title";
	if (left->kind != right->kind)
		return "kind";
	if (left->customer_id != right->customer_id)
		return "customer";
	if (left->office_id != right->office_id)
		return "office";
	if (left->parent_id != right->parent_id)
		return "parent";
	if (strcmp(left->place, right->place) != 0)
		return "place";
	if (left->pages != right->pages)
		return "pages";
	if (left->secrecy != right->secrecy)
		return "secrecy";
	if (left->authenticity != right->authenticity)
		return "authenticity";
	if (left->medium != right->medium)
		return "medium";
	if (strcmp(left->ref, right->ref) != 0)
		return "ref";
	if (strcmp(left->note, right->note) != 0)
		return "note";
	if (left->department_id != right->department_id)
		return "department";
	return left->dated != right->dated ? "dated" : NULL;
}
