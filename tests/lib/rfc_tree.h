/*
 * Roots and proofs in the words of RFC 9162 section 2.1, written down as they stand, for trees of
 * up to RFC_TREE_MAX leaves: what the quick ways must equal. Remembers the roots of all ranges.
 */
#ifndef TESTS_LIB_RFC_TREE_H
#define TESTS_LIB_RFC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"

#define RFC_TREE_MAX 300

struct rfc_tree;

/* Of those leaf hashes; NULL when memory is out. */
struct rfc_tree *rfc_tree_new(const uint8_t (*leaves)[HASH_LEN], size_t count);
void rfc_tree_free(struct rfc_tree *tree);

/* The same of leaves that it makes: those of the numbers from 0 on, eight bytes each. */
struct rfc_tree *rfc_tree_of_numbers(uint8_t (*leaves)[HASH_LEN], size_t count);

/* MTH(D[from : from + n]), n > 0. */
const uint8_t *rfc_tree_hash(const struct rfc_tree *tree, size_t from, size_t n);

/* PATH(index, D[from : from + n]); returns the number of hashes. */
size_t rfc_tree_path(const struct rfc_tree *tree, size_t index, size_t from, size_t n,
		     uint8_t (*proof)[HASH_LEN]);

/* SUBPROOF(m, D[from : from + n], whole), m > 0; PROOF(m, D[n]) is SUBPROOF(m, D[n], true). */
size_t rfc_tree_subproof(const struct rfc_tree *tree, size_t m, size_t from, size_t n, bool whole,
			 uint8_t (*proof)[HASH_LEN]);

/* HASH(0x01 || left || right); out may be either. */
void rfc_tree_join(const uint8_t *left, const uint8_t *right, uint8_t *out);

#endif
