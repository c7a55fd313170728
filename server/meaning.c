#include "server/meaning.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/ruling.h"
#include "proto/request.pb-c.h"
#include "server/config.h"

#define SERIAL_WIDTH_MAX 12 /* digits of the running number in a number rule */

static bool is_log_level(const char *value)
{
	return log_level_parse(value) >= 0;
}

static bool is_access_policy(const char *value)
{
	return strcmp(value, "all") == 0 || strcmp(value, "outsiders") == 0 ||
	       strcmp(value, "sensitive") == 0;
}

static bool is_crl_rule(const char *value)
{
	return strcmp(value, "if-present") == 0 || strcmp(value, "required") == 0;
}

static bool is_address(const char *value)
{
	struct in6_addr address;
	return inet_pton(AF_INET, value, &address) == 1 ||
	       inet_pton(AF_INET6, value, &address) == 1;
}

/* Length of the {serial} or {serial:WIDTH} that text begins with; 0 when it does not. */
static size_t serial_len(const char *text)
{
	if (strncmp(text, "{serial}", 8) == 0)
		return 8;
	if (strncmp(text, "{serial:", 8) != 0)
		return 0;
	size_t digits = strspn(text + 8, "0123456789");
	if (digits == 0 || digits > 2 || text[8 + digits] != '}')
		return 0;
	long width = strtol(text + 8, NULL, 10);
	return width >= 1 && width <= SERIAL_WIDTH_MAX ? 8 + digits + 1 : 0;
}

/* Plain text with {office}, {year} and exactly one {serial}: without it numbers would repeat. */
static bool is_number_rule(const char *value)
{
	unsigned serials = 0;
	while (*value != '\0') {
		size_t len = 1;
		if (strncmp(value, "{office}", 8) == 0)
			len = 8;
		else if (strncmp(value, "{year}", 6) == 0)
			len = 6;
		else if (serial_len(value) > 0) {
			len = serial_len(value);
			serials++;
		} else if (*value == '{' || *value == '}')
			return false;
		value += len;
	}
	return serials == 1;
}

/* Names of a customer's fields, with a comma between two. */
static bool is_field_list(const char *value)
{
	char name[CONFIG_TEXT_LEN];

	for (;; value++) {
		size_t len = strcspn(value, ",");
		memcpy(name, value, len);
		name[len] = '\0';
		if (protobuf_c_message_descriptor_get_field_by_name(&pb__customer_draft__descriptor,
								    name) == NULL)
			return false;
		value += len;
		if (*value == '\0')
			return true;
	}
}

#define RULING_WORDS                                                                               \
	"head, gm, officer, head + gm or none, then such as '; secret: gm' for items of a word: "  \
	"public, "                                                                                 \
	"internal, confidential, secret, original, copy"

/* TEXT settings whose words have a meaning. */
static const struct meaning {
	size_t offset;
	bool (*is)(const char *value);
	const char *must_be;
} meanings[] = {
	{offsetof(struct config, server_log_level), is_log_level, "error, warn, info or debug"},
	{offsetof(struct config, ledger_access), is_access_policy, "all, outsiders or sensitive"},
	{offsetof(struct config, server_crl), is_crl_rule, "if-present or required"},
	{offsetof(struct config, server_address), is_address, "an IPv4 or IPv6 address"},
	{offsetof(struct config, number_customer), is_number_rule,
	 "text with one {serial} or {serial:1} to {serial:12}; {office} and {year} may be there"},
	{offsetof(struct config, number_item), is_number_rule,
	 "text with one {serial} or {serial:1} to {serial:12}; {office} and {year} may be there"},
	{offsetof(struct config, number_approval), is_number_rule,
	 "text with one {serial} or {serial:1} to {serial:12}; {office} and {year} may be there"},
	{offsetof(struct config, approval_important), is_field_list,
	 "names of a customer's fields with a comma between two"},
#define APPROVAL(number, name, word, title, setting, ...)                                          \
	{offsetof(struct config, setting), ruling_is_rule, RULING_WORDS},
#include "common/approval.def"
#undef APPROVAL
};

static const struct meaning *meaning_of(size_t offset)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].offset == offset)
			return &meanings[i];
	return NULL;
}

const char *meaning_must_be(size_t offset, const char *value)
{
	const struct meaning *meaning = meaning_of(offset);

	return meaning == NULL || meaning->is(value) ? NULL : meaning->must_be;
}

bool meaning_is_rule(size_t offset)
{
	const struct meaning *meaning = meaning_of(offset);

	return meaning != NULL && meaning->is == ruling_is_rule;
}
