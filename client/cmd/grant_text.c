#include "client/cmd/grant_text.h"

#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/word.h"
#include "common/date.h"
#include "common/text.h"

const char *grant_until(const Pb__Grant *grant, struct arena *arena)
{
	char text[DATE_TEXT_LEN];

	date_format(date_of_time(grant->not_after - 1, FIELD_ZONE_MINUTES), text);
	return arena_printf(arena, "%s", text);
}

static const Pb__GrantView *view_of(const ProtobufCMessage *message)
{
	return message->descriptor == &pb__grant_show_reply__descriptor
		       ? ((const Pb__GrantShowReply *)message)->view
		       : ((const Pb__GrantListReply *)message)->view;
}

const char *grant_shown_until(const ProtobufCMessage *message, enum style style,
			      struct arena *arena)
{
	const Pb__GrantView *view = view_of(message);

	(void)style;
	return view == NULL || view->grant == NULL ? "" : grant_until(view->grant, arena);
}

const char *grant_missing(char *const *missing, size_t count, enum style style, struct arena *arena)
{
	const char *text = "";

	for (size_t i = 0; text != NULL && i < count; i++) {
		const char *one = style == STYLE_PEOPLE && !text_empty(missing[i]) ? _(missing[i])
										   : missing[i];

		text = arena_printf(arena, "%s%s%s", text, i > 0 ? "; " : "", one);
	}
	return text;
}

const char *grant_shown_missing(const ProtobufCMessage *message, enum style style,
				struct arena *arena)
{
	const Pb__GrantView *view = view_of(message);

	return view == NULL
		       ? ""
		       : grant_missing((char *const *)view->missing, view->n_missing, style, arena);
}

/* "practising certificate 1510…, 四川省司法厅, 2024-03-01" */
static const char *paper_text(const Pb__Paper *paper, struct arena *arena)
{
	const struct word *kind = word_find(&pb__paper_kind__descriptor, (int)paper->kind);
	char issued[DATE_TEXT_LEN];
	char until[DATE_TEXT_LEN];

	date_format(paper->issued, issued);
	date_format(paper->valid_until, until);
	return arena_printf(arena, "%s %s, %s, %s%s%s", kind == NULL ? "?" : _(kind->text),
			    paper->number, paper->issuer, issued,
			    paper->valid_until == 0 ? "" : " - ",
			    paper->valid_until == 0 ? "" : until);
}

const char *grant_shown_papers(const ProtobufCMessage *message, enum style style,
			       struct arena *arena)
{
	const Pb__GrantView *view = view_of(message);
	const char *text = "";

	(void)style;
	if (view == NULL || view->grant == NULL)
		return "";
	for (size_t i = 0; text != NULL && i < view->grant->n_papers; i++) {
		const char *one = paper_text(view->grant->papers[i], arena);

		text = one == NULL ? NULL
				   : arena_printf(arena, "%s%s%s", text, i > 0 ? "; " : "", one);
	}
	return text;
}
