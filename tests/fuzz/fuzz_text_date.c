/* Text is no wider than long; a date that was read is written and read again as the same. */
#include "common/date.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = strndup((const char *)data, len);
	char written[DATE_TEXT_LEN];
	int32_t date, again;

	if (text_check((const char *)data, len) == TEXT_OK && strlen(text) != len)
		abort();
	if (text_width(text) > strlen(text))
		abort();
	if (date_parse(text, 20513, &date) == STATUS_OK) {
		date_format(date, written);
		if (date_parse(written, 0, &again) != STATUS_OK || again != date)
			abort();
	}
	free(text);
	return 0;
}
