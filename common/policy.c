#include "common/policy.h"

#include <stdlib.h>
#include <string.h>

#include "common/line.h"

#define NODES_MAX (POLICY_WITNESSES_MAX + POLICY_GROUPS_MAX)
#define WORDS_MAX (3 + NODES_MAX) /* group, name, threshold, members */
#define NOBODY NODES_MAX          /* no node's number */

/* A witness or a group. Each is a member of one group at most, which comes behind it. */
struct node {
	const char *name; /* in the policy's text */
	bool is_witness;
	struct note_key key; /* of a witness */
	size_t threshold;    /* of a group: members that are enough */
	size_t group;        /* that it is a member of, or NOBODY */
};

struct policy {
	char *text; /* owned; its words are cut apart by NULs */
	struct note_key logs[POLICY_LOGS_MAX];
	size_t log_count;
	struct node nodes[NODES_MAX];
	size_t node_count;
	size_t witness_count;
	bool has_quorum;
	size_t quorum; /* a node, or NOBODY: none is needed */
};

/* ---- what the lines say ---- */

static bool same_key(const struct note_key *a, const struct note_key *b)
{
	return memcmp(a->key, b->key, ED25519_KEY_LEN) == 0;
}

enum status policy_add_log(struct policy *policy, const struct note_key *key)
{
	if (policy->log_count == POLICY_LOGS_MAX)
		return STATUS_INVALID;
	for (size_t i = 0; i < policy->log_count; i++) {
		if (same_key(&policy->logs[i], key))
			return STATUS_INVALID;
	}
	policy->logs[policy->log_count++] = *key;
	return STATUS_OK;
}

const struct note_key *policy_log(const struct policy *policy, size_t i)
{
	return i < policy->log_count ? &policy->logs[i] : NULL;
}

bool policy_asks_witnesses(const struct policy *policy)
{
	return policy->quorum != NOBODY;
}

/* The number of a witness or group, NOBODY when there is none of the name. */
static size_t find(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->node_count; i++) {
		if (strcmp(policy->nodes[i].name, name) == 0)
			return i;
	}
	return NOBODY;
}

/* The next node, not yet counted; NULL when the name is taken. */
static struct node *next_node(struct policy *policy, const char *name)
{
	if (strcmp(name, "none") == 0 || find(policy, name) != NOBODY)
		return NULL;
	struct node *node = &policy->nodes[policy->node_count];
	*node = (struct node){.name = name, .group = NOBODY};
	return node;
}

/* log <vkey> [<url>] */
static enum status read_log(struct policy *policy, char **words, size_t count)
{
	struct note_key key;

	if (count < 2 || count > 3 || note_key_parse(&key, words[1], strlen(words[1])) != STATUS_OK)
		return STATUS_INVALID;
	return policy_add_log(policy, &key);
}

/* witness <name> <vkey> [<url>] */
static enum status read_witness(struct policy *policy, char **words, size_t count)
{
	if (count < 3 || count > 4 || policy->witness_count == POLICY_WITNESSES_MAX)
		return STATUS_INVALID;
	struct node *node = next_node(policy, words[1]);
	if (node == NULL || note_key_parse(&node->key, words[2], strlen(words[2])) != STATUS_OK ||
	    node->key.type != NOTE_COSIGNATURE)
		return STATUS_INVALID;
	for (size_t i = 0; i < policy->node_count; i++) {
		const struct node *other = &policy->nodes[i];
		if (other->is_witness && same_key(&other->key, &node->key))
			return STATUS_INVALID;
	}
	node->is_witness = true;
	policy->node_count++;
	policy->witness_count++;
	return STATUS_OK;
}

static enum status read_threshold(const char *word, size_t members, size_t *threshold)
{
	const struct line line = {word, strlen(word)};
	uint64_t number;

	if (strcmp(word, "all") == 0 || strcmp(word, "any") == 0) {
		*threshold = word[1] == 'l' ? members : 1;
		return STATUS_OK;
	}
	if (line_number(&line, &number) != STATUS_OK || number < 1 || number > members)
		return STATUS_INVALID;
	*threshold = (size_t)number;
	return STATUS_OK;
}

/* group <name> all|any|<k> <name>... */
static enum status read_group(struct policy *policy, char **words, size_t count)
{
	if (count < 4 || policy->node_count - policy->witness_count == POLICY_GROUPS_MAX)
		return STATUS_INVALID;
	struct node *node = next_node(policy, words[1]);
	if (node == NULL || read_threshold(words[2], count - 3, &node->threshold) != STATUS_OK)
		return STATUS_INVALID;
	for (size_t i = 3; i < count; i++) {
		size_t member = find(policy, words[i]);
		if (member == NOBODY || policy->nodes[member].group != NOBODY)
			return STATUS_INVALID;
		policy->nodes[member].group = policy->node_count;
	}
	policy->node_count++;
	return STATUS_OK;
}

/* quorum <name>, or none */
static enum status read_quorum(struct policy *policy, char **words, size_t count)
{
	if (count != 2 || policy->has_quorum)
		return STATUS_INVALID;
	policy->has_quorum = true;
	policy->quorum = find(policy, words[1]);
	return policy->quorum != NOBODY || strcmp(words[1], "none") == 0 ? STATUS_OK
									 : STATUS_INVALID;
}

static const struct {
	const char *word;
	enum status (*read)(struct policy *policy, char **words, size_t count);
} lines[] = {
	{"log", read_log},
	{"witness", read_witness},
	{"group", read_group},
	{"quorum", read_quorum},
};

/* ---- cutting up ---- */

/* Whether a line has no other control character than the tab. */
static bool line_valid(const char *line)
{
	for (; *line != '\0'; line++) {
		if (*line != '\t' && ((uint8_t)*line < ' ' || *line == 0x7f))
			return false;
	}
	return true;
}

/* Cuts a line apart at spaces and tabs. STATUS_INVALID when it has too many words. */
static enum status cut(char *line, char **words, size_t *count)
{
	bool in_word = false;

	*count = 0;
	for (char *at = line; *at != '\0'; at++) {
		bool blank = *at == ' ' || *at == '\t';
		if (!blank && !in_word) {
			if (*count == WORDS_MAX)
				return STATUS_INVALID;
			words[(*count)++] = at;
		}
		if (blank)
			*at = '\0';
		in_word = !blank;
	}
	return STATUS_OK;
}

static enum status read_line(struct policy *policy, char *line)
{
	char *words[WORDS_MAX];
	size_t count;

	if (!line_valid(line))
		return STATUS_INVALID;
	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return STATUS_OK;
	if (cut(line, words, &count) != STATUS_OK)
		return STATUS_INVALID;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(words[0], lines[i].word) == 0)
			return lines[i].read(policy, words, count);
	}
	return STATUS_INVALID;
}

static enum status read_lines(struct policy *policy, size_t len, size_t *line)
{
	char *at = policy->text, *end = policy->text + len;

	for (*line = 1; at < end; (*line)++) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL || memchr(at, '\0', (size_t)(newline - at)) != NULL)
			return STATUS_INVALID;
		*newline = '\0';
		enum status status = read_line(policy, at);
		if (status != STATUS_OK)
			return status;
		at = newline + 1;
	}
	*line = 0;
	return policy->has_quorum ? STATUS_OK : STATUS_INVALID;
}

enum status policy_parse(struct policy **policy, const char *text, size_t len, size_t *line)
{
	*line = 0;
	if (len == 0 || len > POLICY_MAX)
		return STATUS_INVALID;
	struct policy *parsed = calloc(1, sizeof(*parsed));
	if (parsed == NULL)
		return STATUS_MEMORY;
	parsed->text = malloc(len);
	if (parsed->text == NULL) {
		policy_free(parsed);
		return STATUS_MEMORY;
	}
	memcpy(parsed->text, text, len);
	enum status status = read_lines(parsed, len, line);
	if (status != STATUS_OK) {
		policy_free(parsed);
		return status;
	}
	*policy = parsed;
	return STATUS_OK;
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	free(policy->text);
	free(policy);
}

/* ---- judging ---- */

/* Finds the first log that signed; every signature by any of them must be right. */
static enum status judge_log(const struct policy *policy, const struct note *note,
			     struct policy_verdict *verdict)
{
	for (size_t i = 0; i < policy->log_count; i++) {
		const struct note_key *key = &policy->logs[i];
		enum status status = note_verify(note, key, NULL);
		if (status == STATUS_NOT_FOUND)
			continue;
		if (status != STATUS_OK)
			return status;
		if (verdict->log == NULL && strcmp(key->name, verdict->checkpoint.origin) == 0)
			verdict->log = key;
	}
	return STATUS_OK;
}

static enum status judge_witness(const struct node *node, const struct note *note,
				 struct policy_verdict *verdict, bool *cosigned)
{
	struct policy_witness witness = {.name = node->name, .key = &node->key};
	enum status status = note_verify(note, &node->key, &witness.time);

	*cosigned = status == STATUS_OK;
	if (*cosigned)
		verdict->witnesses[verdict->witness_count++] = witness;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Members come before their group: one pass settles all. */
static enum status judge_witnesses(const struct policy *policy, const struct note *note,
				   struct policy_verdict *verdict)
{
	size_t votes[NODES_MAX + 1] = {0};
	bool holds;

	verdict->quorum = policy->quorum == NOBODY;
	for (size_t i = 0; i < policy->node_count; i++) {
		const struct node *node = &policy->nodes[i];
		holds = votes[i] >= node->threshold;
		enum status status =
			node->is_witness ? judge_witness(node, note, verdict, &holds) : STATUS_OK;
		if (status != STATUS_OK)
			return status;
		if (!holds)
			continue;
		votes[node->group]++;
		verdict->quorum = verdict->quorum || policy->quorum == i;
	}
	return STATUS_OK;
}

enum status policy_judge(const struct policy *policy, const void *bytes, size_t len,
			 struct policy_verdict *verdict)
{
	struct note note;
	struct checkpoint checkpoint;

	if (note_parse(&note, bytes, len) != STATUS_OK ||
	    checkpoint_parse(&checkpoint, note.text, note.text_len) != STATUS_OK)
		return STATUS_INVALID;
	*verdict = (struct policy_verdict){.checkpoint = checkpoint};
	enum status status = judge_log(policy, &note, verdict);
	if (status == STATUS_OK)
		status = judge_witnesses(policy, &note, verdict);
	if (status != STATUS_OK)
		return status;
	return verdict->log != NULL && verdict->quorum ? STATUS_OK : STATUS_PROOF;
}
