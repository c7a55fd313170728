/* Whatever is typed as an enrolment code: what parses is written and parses as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char again[CODE_TEXT_LEN];
	struct code code;
	struct code other;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (code_parse(text, &code) == CODE_OK) {
		code_format(&code, again);
		if (code_parse(again, &other) != CODE_OK ||
		    memcmp(&code, &other, sizeof(code)) != 0)
			abort();
	}
	free(text);
	return 0;
}
