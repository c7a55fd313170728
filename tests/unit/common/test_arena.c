#include "common/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void pieces_are_aligned_zeroed_and_apart(void **state)
{
	struct arena arena;
	uint8_t *pieces[200];

	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < 200; i++) {
		pieces[i] = arena_alloc(&arena, i + 1);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j <= i; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i + 1, i + 1);
	}
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(pieces[i][i], i + 1);
	arena_release(&arena);
}

static void memory_is_zero_again_after_a_reset(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	uint8_t *before = arena_alloc(&arena, 100);
	memset(before, 0xff, 100);
	arena_reset(&arena);
	assert_int_equal(arena.used, 0);
	uint8_t *after = arena_alloc(&arena, 100);
	assert_ptr_equal(after, before);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(after[i], 0);
	arena_release(&arena);
}

static void the_cap_holds_and_comes_back_after_a_reset(void **state)
{
	struct arena arena;
	size_t total = 0;

	(void)state;
	arena_init(&arena, 50000);
	while (arena_alloc(&arena, 1000) != NULL)
		total += 1000;
	assert_in_range(total, 48000, 50000);
	assert_true(arena.used <= 50000);
	assert_null(arena_alloc(&arena, 50000));
	arena_reset(&arena);
	assert_non_null(arena_alloc(&arena, 50000));
	assert_null(arena_alloc(&arena, 1));
	arena_release(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, SIZE_MAX);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 8));
	assert_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_copy(&arena, "x", SIZE_MAX));
	assert_int_equal(arena.used, 0);
	arena_release(&arena);
}

static void a_piece_larger_than_a_chunk_is_given(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 10 << 20);
	uint8_t *small = arena_alloc(&arena, 10);
	uint8_t *large = arena_alloc(&arena, 5 << 20);
	assert_non_null(small);
	assert_non_null(large);
	memset(large, 1, 5 << 20);
	assert_int_equal(small[0], 0);
	arena_reset(&arena);
	assert_non_null(arena_alloc(&arena, 10));
	arena_release(&arena);
}

static void copies_end_in_nul_and_nothing_is_still_something(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	assert_string_equal(arena_copy(&arena, "volume and more", 6), "volume");
	assert_string_equal(arena_copy(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%06d", "HQ", 42), "HQ-000042");
	void *nothing = arena_alloc(&arena, 0);
	assert_non_null(nothing);
	assert_ptr_not_equal(nothing, arena_alloc(&arena, 0));
	arena_release(&arena);
}

static void the_protobuf_allocator_takes_from_the_arena(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 100);
	void *piece = arena.allocator.alloc(arena.allocator.allocator_data, 64);
	assert_non_null(piece);
	assert_int_equal(arena.used, 64);
	arena.allocator.free(arena.allocator.allocator_data, piece);
	assert_int_equal(arena.used, 64);
	assert_null(arena.allocator.alloc(arena.allocator.allocator_data, 64));
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_zeroed_and_apart),
		cmocka_unit_test(memory_is_zero_again_after_a_reset),
		cmocka_unit_test(the_cap_holds_and_comes_back_after_a_reset),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(a_piece_larger_than_a_chunk_is_given),
		cmocka_unit_test(copies_end_in_nul_and_nothing_is_still_something),
		cmocka_unit_test(the_protobuf_allocator_takes_from_the_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
