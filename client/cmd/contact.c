#include "client/cmd/contact.h"

#include "common/text.h"

const char *contact_text(const Pb__CustomerView *view, struct arena *arena)
{
	const char *text = "";

	if (view == NULL || view->customer == NULL)
		return "";
	for (size_t i = 0; text != NULL && i < view->customer->n_contacts; i++) {
		const Pb__Contact *one = view->customer->contacts[i];
		const char *parts[] = {one->name, one->phone, one->address, one->id_number,
				       one->account};
		const char *gap = i > 0 ? "; " : "";

		for (size_t j = 0; text != NULL && j < sizeof(parts) / sizeof(parts[0]); j++) {
			if (text_empty(parts[j]))
				continue;
			text = arena_printf(arena, "%s%s%s", text, gap, parts[j]);
			gap = " ";
		}
	}
	return text;
}
