/* Any text: no rule, or one whose levels are within its bounds and the same every time. */
#include <stdlib.h>
#include <string.h>

#include "common/ruling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Pb__ApprovalInput secrecy = PB__APPROVAL_INPUT__INIT;
	Pb__ApprovalInput *inputs[] = {&secrecy};
	struct ruling once;
	struct ruling again;
	char *text = calloc(1, size + 1);

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	secrecy.name = "secrecy";
	secrecy.value = "secret";
	if (ruling_levels(RULING_VERSION, text, inputs, 1, &once) == STATUS_OK) {
		if (once.count > RULING_LEVELS_MAX || !ruling_is_rule(text) ||
		    ruling_levels(RULING_VERSION, text, inputs, 1, &again) != STATUS_OK ||
		    memcmp(&once, &again, sizeof(once)) != 0)
			abort();
	} else if (ruling_is_rule(text)) {
		abort();
	}
	free(text);
	return 0;
}
