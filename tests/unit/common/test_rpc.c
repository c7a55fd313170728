#include "common/rpc.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void every_rpc_is_found_by_its_number_and_nothing_else_is(void **state)
{
	size_t count, found = 0;
	const struct rpc *all = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(rpc_find(all[i].number), &all[i]);
	for (unsigned number = 0; number <= UINT16_MAX; number++)
		found += rpc_find((uint16_t)number) != NULL;
	assert_int_equal(found, count);
	assert_null(rpc_find(0));
}

/* record_get -> RecordGet */
static void camel(const char *name, char *out)
{
	bool up = true;

	for (; *name != '\0'; name++) {
		if (*name != '_')
			*out++ = (char)(up ? toupper(*name) : *name);
		up = *name == '_';
	}
	*out = '\0';
}

static void messages_are_named_after_their_rpc(void **state)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);
	char name[100];

	(void)state;
	for (size_t i = 0; i < count; i++) {
		camel(all[i].name, name);
		size_t len = strlen(name);
		memcpy(name + len, "Request", 8);
		assert_string_equal(all[i].request->short_name, name);
		memcpy(name + len, "Reply", 6);
		assert_string_equal(all[i].reply->short_name, name);
	}
}

static void acts_and_only_acts_are_audited_as_changes(void **state)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(all[i].lane == LANE_WRITE, all[i].audit == AUDIT_CHANGE);
		assert_in_range(all[i].permission, 0, PERMISSION_COUNT - 1);
	}
}

static void what_only_the_server_may_is_not_for_people(void **state)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (all[i].permission == PERMISSION_SYSTEM)
			assert_string_equal(all[i].words, "");
		assert_true(strlen(all[i].summary) > 0);
	}
}

static void no_two_rpcs_share_their_command(void **state)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i && all[i].words[0] != '\0'; j++)
			assert_string_not_equal(all[i].words, all[j].words);
	}
}

/* No message may contain itself, at whatever depth: the wire must not be able to ask for it. */
static void expect_no_cycle(const ProtobufCMessageDescriptor *descriptor, unsigned depth)
{
	assert_true(depth <= 8);
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		if (descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			expect_no_cycle(descriptor->fields[i].descriptor, depth + 1);
	}
}

static void no_message_contains_itself(void **state)
{
	size_t count;
	const struct rpc *all = rpc_all(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		expect_no_cycle(all[i].request, 1);
		expect_no_cycle(all[i].reply, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rpc_is_found_by_its_number_and_nothing_else_is),
		cmocka_unit_test(messages_are_named_after_their_rpc),
		cmocka_unit_test(acts_and_only_acts_are_audited_as_changes),
		cmocka_unit_test(what_only_the_server_may_is_not_for_people),
		cmocka_unit_test(no_two_rpcs_share_their_command),
		cmocka_unit_test(no_message_contains_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
