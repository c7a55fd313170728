#!/bin/bash
# Seeded mutants: errors that would cost data or truth, each with the test that must fail when it is
# there. A test that does not see its mutant is worth nothing. Works on a copy of the tree in
# build/mutants with the objects of build/debug, so that a mutant costs seconds.
#   mutants.sh [WORDS]    only mutants whose name holds WORDS
# Ends with "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MFLAGS MAKELEVEL MODE BUILD DOSSIER_BUILD
tree=build/mutants
log=build/mutants.log
seconds=180
only=${1:-}
passed=0 failed=0 skipped=0

# make a program of the copy, or of a mutant in it; for a script of tests/python: the server.
build() {
	local target=$1
	[[ $target != *.py ]] || target=dossierd
	make -s -C "$tree" "build/debug/$target" >>"$log" 2>&1
}

# test_passes PROGRAM ARGUMENTS...: in the copy; 0 passes, 77 skipped, 124 took too long.
run_test() {
	local program=build/debug/$1
	[[ $program != *.py ]] || program=$1
	(cd "$tree" && DOSSIER_BUILD=$PWD/build/debug exec timeout $seconds "$program" "${@:2}") \
		>>"$log" 2>&1
}

# Says what became of a mutant.
tell() {
	echo "$1 $2"
	case $1 in
	ok) passed=$((passed + 1)) ;;
	skipped) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
}

# The tests must pass without a mutant, once each.
declare -A sound
is_sound() {
	[ -n "${sound[$1]:-}" ] && return "${sound[$1]}"
	local words code
	read -r -a words <<<"$1"
	build "${words[0]}" && run_test "${words[@]}"
	code=$?
	sound[$1]=$code
	return $code
}

# mutant NAME FILE TEST EXPRESSION...: the sed expressions make the mutant.
mutant() {
	local name=$1 file=$2 test=$3 words code
	shift 3
	[[ $name == *"$only"* ]] || return
	echo "== $name" >>"$log"
	read -r -a words <<<"$test"
	is_sound "$test"
	code=$?
	if [ $code -eq 77 ]; then
		tell skipped "$name"
		return
	elif [ $code -ne 0 ]; then
		tell "FAIL (${words[0]} fails without it)" "$name"
		return
	fi
	cp "$tree/$file" "$tree/$file.kept"
	sed -i "${@/#/-e}" "$tree/$file"
	if cmp -s "$tree/$file" "$tree/$file.kept"; then
		tell "FAIL (the source has changed, no mutant was made)" "$name"
	elif ! build "${words[0]}"; then
		tell "FAIL (it does not build)" "$name"
	else
		run_test "${words[@]}"
		code=$?
		case $code in
		0) tell "FAIL (not seen by ${words[0]})" "$name" ;;
		124) tell "FAIL (${words[0]} hangs)" "$name" ;;
		*) tell ok "$name" ;;
		esac
	fi
	mv "$tree/$file.kept" "$tree/$file"
	touch "$tree/$file"
}

# What a failing test leaves behind goes with this folder.
parent=/tmp
[ ! -w /dev/shm ] || parent=/dev/shm
TMPDIR=$(mktemp -d $parent/dossier-mutants-XXXXXX) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

rm -rf "$tree"
mkdir -p "$tree/build"
: >"$log"
cp -a Makefile client common proto server tests "$tree"
[ ! -d build/debug ] || cp -a build/debug "$tree/build/debug"

mutant 'acknowledge before the sync' server/ledger/writer.c 'tests/crash/power_cut 600 7' \
	's/return status == STATUS_OK ? file_sync(ledger->fd) : status;/return status;/'
mutant 'acknowledge after a failed commit' server/ledger/writer.c 'tests/crash/faults 5' \
	's/^\tstatus = append(ledger);/\tstatus = append(ledger);\n\tstatus = STATUS_OK;/'
mutant 'answers leave though the group failed' server/dispatch/engine.c 'tests/crash/faults 5' \
	's/fail_group(acts, done, status);/(void)status;/' \
	's/if (acts\[i\]->unproven \&\&/if (false \&\&/'
mutant 'no fence after a storage error' server/dispatch/engine.c 'tests/crash/faults 5' \
	's/engine->fenced = true;/engine->fenced = false;/'
mutant 'state committed before the ledger' server/dispatch/engine.c 'tests/crash/faults 5' \
	's/^\tstatus = txn_commit(group->txn);$/\tstatus = STATUS_OK;/' \
	's/^\tstatus = ledger_commit(engine->disk.ledger);/\tstatus = txn_commit(group->txn);\n\tif (status == STATUS_OK)\n\t\tstatus = ledger_commit(engine->disk.ledger);/'
mutant 'a full disk keeps the group'\''s state' server/dispatch/engine.c 'tests/crash/faults 5' \
	'/^static enum status drop_group/,/^}/s/txn_end(group->txn);/(void)!txn_commit(group->txn);/'
mutant 'CRC of a group'\''s header not asked' server/ledger/group.c 'tests/unit/ledger/test_group' \
	's/ || group->crc != crc32c(0, from, GROUP_CRC_AT)//'
mutant 'CRC of a group'\''s body not asked at the start' server/ledger/scan.c 'tests/crash/power_cut 600 7' \
	's/status == STATUS_OK \&\& !group_has_body(group, \*body)/false/'
mutant 'CRC of a group'\''s body not asked by readers' server/ledger/reader.c 'tests/unit/ledger/test_reader' \
	's/(status == STATUS_OK \&\& !group_has_body(&reader->group, reader->body))/false/'
mutant 'groups need not follow each other' server/ledger/group.c 'tests/unit/ledger/test_recovery' \
	's/return group->first == place->sequence \&\& group->before == place->before;/return group->first == place->sequence;/'
mutant 'torn tail not zeroed' server/ledger/recovery.c 'tests/unit/ledger/test_recovery' \
	's/for (uint64_t at = ledger->tail.offset; at < end;/for (uint64_t at = end; at < end;/'
mutant 'what was found is not synced' server/ledger/recovery.c 'tests/unit/ledger/test_faults' \
	's/^\tstatus = file_sync(ledger->fd);/\tstatus = STATUS_OK;/'
mutant 'segment not synced' server/ledger/segment.c 'tests/crash/power_cut 600 2' \
	's/return status == STATUS_OK ? file_sync(fd) : status;/return status;/'
mutant 'segment'\''s name not synced' server/ledger/segment.c 'tests/crash/power_cut 600 11' \
	's/^\tstatus = directory_sync(directory);/\tstatus = STATUS_OK;/'
mutant 'torn tree kept' server/ledger/nodes.c 'tests/unit/ledger/test_nodes' \
	's/ || memcmp(found, made\[level\], HASH_LEN) != 0)/)/'
mutant 'no place reserved in the tree' server/ledger/writer.c 'tests/unit/ledger/test_faults' \
	's/status = nodes_reserve(ledger->nodes, draft->count);/status = STATUS_OK;/'
mutant 'tree of other entries believed' server/dispatch/quarantine.c 'tests/unit/dispatch/test_durability' \
	's/status = tree_rebuild(ledger, why);/(void)why;/'
mutant 'leaf twice on replay' server/dispatch/replay.c 'tests/unit/dispatch/test_engine' \
	's/^\tmerkle_append(&replay->mark.tree, replay->hash, leaf);/&\n&/'
mutant 'replay forgets how far it came' server/dispatch/replay.c 'tests/unit/dispatch/test_engine' \
	's/^\tmark_put(txn, &replay->mark);//'
mutant 'replay applies the entry before again' server/dispatch/replay.c 'tests/crash/power_cut 600 7' \
	's/ledger_reader_seek(replay->reader, replay->mark.tree.size);/ledger_reader_seek(replay->reader, replay->mark.tree.size > 0 ? replay->mark.tree.size - 1 : 0);/'
mutant 'replay loses the idempotency row' server/dispatch/replay.c 'tests/unit/dispatch/test_durability' \
	's/^\tstatus = apply_payload(txn,/\trecord.entry.key[15] ^= 1;\n&/'
mutant 'replay applies what was refused' server/dispatch/apply.c 'tests/unit/dispatch/test_durability' \
	's/if (entry->class_ != ENTRY_CHANGE || len == 0) {/if (len == 0) {/' \
	's/if (entry->class_ == ENTRY_CHANGE \&\& request != NULL)/if (request != NULL)/'
mutant 'idempotency row lost' server/dispatch/apply.c 'tests/unit/dispatch/test_engine' \
	's/if (key_is_given(entry->key))/if (key_is_given(entry->key) \&\& entry->sequence == 0)/'
mutant 'a reused key is not compared' server/dispatch/decided.c 'tests/unit/dispatch/test_engine' \
	's/memcmp(stored->request.data, act->request, act->request_len) != 0/false/' \
	's/stored->request.len != act->request_len ||/false ||/'
mutant 'a key is everybody'\''s' server/store/seen.c 'tests/unit/dispatch/test_engine' \
	's/key_number(to, principal);/key_number(to, principal * 0);/'
mutant 'a retry in one batch runs twice' server/dispatch/group.c 'tests/unit/dispatch/test_engine' \
	's/return STEP_GROUP_FULL; \/\* its answer is not on disk yet.*/{\n\t\t}\n\t\tif (sequence < group->first)/'
mutant 'state of another boot trusted' server/dispatch/recover.c 'tests/unit/dispatch/test_durability' \
	's/\*trust = TRUST_LEDGER_ONLY;/*trust = TRUST_STATE;/'
mutant 'no running mark' server/dispatch/recover.c 'tests/unit/dispatch/test_durability' \
	's/return status == STATUS_OK ? file_put(path.text, id, strlen(id)) : status;/return status;/'
mutant 'running mark stays after a clean stop' server/dispatch/recover.c 'tests/unit/dispatch/test_durability' \
	'/^static enum status remove_running/,/^}/s/status = file_remove(path.text);/status = STATUS_OK;/'
mutant 'snapshot'\''s digest not asked' server/dispatch/snapshot.c 'tests/unit/dispatch/test_durability' \
	's/strcmp(hex, (const char \*)said) != 0/false/'
mutant 'no space reserved under the map' server/store/store.c 'tests/crash/full_disk' \
	's/enum status status = file_preallocate(store->fd, size);/enum status status = STATUS_OK;/'
mutant 'time goes back' server/dispatch/engine.c 'tests/unit/dispatch/test_durability' \
	's/return now > engine->mark.time ? now : engine->mark.time;.*/(void)engine;\n\treturn now;/'
mutant 'secret look answered before its entry' server/dispatch/access.c 'tests/unit/dispatch/test_access' \
	's/return ACCESS_BEFORE;/return ACCESS_AFTER;/'
mutant 'look from outside answered before its entry' server/dispatch/access.c 'tests/unit/dispatch/test_reveal' \
	's/return call->outsider || call->sensitive || call->scope == SCOPE_GRANT;/return call->sensitive;/'
mutant 'look shown though its entry is not on disk' server/dispatch/group.c 'tests/crash/looks' \
	'/^void act_fail(/,/^}/s/act->entered = false;//'
mutant 'look acknowledged before the sync' server/ledger/writer.c 'tests/crash/looks' \
	's/return status == STATUS_OK ? file_sync(ledger->fd) : status;/(void)!file_sync(ledger->fd);\n\treturn STATUS_OK;/'
mutant 'slice shown without an entry' server/dispatch/scanner.c 'tests/unit/dispatch/test_reveal' \
	's/return shows || !stream->scan.started || outcome != STATUS_OK;/return !stream->scan.started;/'
mutant 'rows of a slice not in its entry' server/service/scope.c 'tests/unit/dispatch/test_reveal' \
	'/^bool scope_shown(/,/^}/s/if (call->scope != SCOPE_GRANT)/if (call->scope != SCOPE_GRANT || call->subject_count > 3)/'
mutant 'look not judged where it is entered' server/dispatch/group.c 'tests/unit/dispatch/test_reveal' \
	's/return status == STATUS_OK ? look_judge(call) : status;/return status;/'
mutant 'account not judged where a look is entered' server/dispatch/group.c 'tests/unit/dispatch/test_reveal' \
	's/return status == STATUS_OK ? look_judge(call) : status;/(void)status;\n\treturn look_judge(call);/'
mutant 'a grant'\''s cap not judged on the writer' server/service/look.c 'tests/unit/dispatch/test_reveal' \
	's/if (cover_is_active(call, grant))/if (cover_is_active(call, grant) || cover_is_used_up(call, grant))/'
mutant 'the day'\''s records not judged on the writer' server/service/look.c 'tests/unit/dispatch/test_reveal' \
	's/if (call->outsider \&\& toll->records > 0)/if (false)/'
mutant 'a look refused in a full group comes back as refused' server/dispatch/group.c 'tests/unit/dispatch/test_reveal' \
	's/act->status = STATUS_OK; \/\* as it came.*/(void)act;/'
mutant 'looks not counted' server/dispatch/apply.c 'tests/unit/dispatch/test_reveal' \
	's/look_apply(txn, entry, rpc);/(void)rpc;/'
mutant 'an approval is not used up' server/service/look.c 'tests/unit/service/test_look' \
	's/approval_use(approval, entry->time);/(void)entry;/'
mutant 'scope not asked in one list' server/service/item_list.c 'tests/python/test_privileges.py' \
	's/if (!scope_item(call, item) ||/if (/'
mutant 'scope not asked where a customer is found' server/service/find.c 'tests/unit/service/test_scope' \
	's/return customer != NULL \&\& scope_customer(call, customer) ?/return customer != NULL ?/'
mutant 'a container out of scope is named' server/service/view.c 'tests/python/test_privileges.py' \
	's/return item != NULL \&\& scope_item(call, item) ? item : NULL;/return item;/'
mutant 'a certificate'\''s revocation ignored' server/service/call.c 'tests/unit/service/test_call' \
	's/certificate->revoked_at == 0 \&\& //'
mutant 'a field without a line is not masked' server/service/mask.c 'tests/unit/service/test_mask' \
	'/^static enum status mask_string(/,/^}/s/if (line != NULL \&\& /if (line == NULL || /'
mutant 'sensitive fields shown to who has the right to personal ones' server/service/mask.c 'tests/unit/service/test_mask' \
	's/\[MASK_RIGHT_PERSONAL\] = LEVEL_PERSONAL/[MASK_RIGHT_PERSONAL] = LEVEL_SENSITIVE/'
mutant 'look not entered' server/dispatch/dispatch.c 'tests/unit/dispatch/test_access' \
	's/if (entry != NULL)/if (entry == job)/'

mutant 'a dry run is about what it would have made' server/dispatch/group.c 'tests/unit/dispatch/test_access' \
	's/return subject->id <= table_last(group->txn, table_of.*/(void)group;\n\treturn table_of((enum subject_kind)subject->kind) != TABLE_COUNT;/'
mutant 'a growing desk hides sessions from the sweep' server/session/sweep.c \
	'tests/unit/session/test_sweep_round' 's/%= sweep->count/%= desk->count/'
mutant 'who asked decides after a handover' server/service/deciding.c \
	'tests/unit/service/test_deciding' 's/if (row->asked_before\[i\] == person)/if (i > 99)/'
mutant 'a masked phone may be tried unseen' server/service/customer_import.c 'tests/unit/dispatch/test_access' \
	's/call->sensitive = true;/(void)call;/'
mutant 'sealing answers with the row' common/secrecy.def 'tests/unit/dispatch/test_access' \
	's/HIDDEN(item) INNER(approval, approval) PLAIN/INNER(item, item) INNER(approval, approval) PLAIN/'
mutant 'a list by container tells of what is sealed' server/service/item_list.c 'tests/unit/service/test_seal' \
	's/ || scan->words\[WORD_PARENT\] != 0) \&\&$/) \&\&/'
mutant 'an import tells of others than who sees one row' server/service/trace_view.c 'tests/unit/service/test_log' \
	's/whole = !tells_of_others(entry);/(void)tells_of_others;/'
mutant 'an outsider lists by who looks after customers' server/service/customer_list.c 'tests/unit/service/test_cover_list' \
	's/ \&\& call->outsider) / \&\& false) /'
mutant 'receipt not verified by client' client/lib/receive.c 'tests/unit/client/test_receive' \
	's/if (client->trust == NULL)/if (client->trust != NULL)/'
mutant 'receipt of another act' client/lib/receive.c 'tests/unit/client/test_receive' \
	's/ \&\& entry.actor == client->welcome->principal_id//'
mutant 'head of another ledger joined to the past' client/lib/past.c 'tests/unit/client/test_past' \
	's/return status == STATUS_PROOF ? accuse(past, PAST_FORKED, i) : status;/return status == STATUS_PROOF ? STATUS_OK : status;/'
mutant 'signer signs a shorter tree' server/ledger/signer.c 'tests/unit/ledger/test_signer' \
	's/if (last->size == 0)/if (last->size == 0 || now->size < last->size)/'
mutant 'head not synced before the signature leaves' server/ledger/slots.c 'tests/crash/power_cut 600 7' \
	'/^enum status slots_write/,/^}/s/return status == STATUS_OK ? file_sync(fd) : status;/return status;/'
mutant 'receipt for the wrong entry' server/dispatch/receipt.c 'tests/python/test_receipts.py' \
	's/act->sequence/(act->sequence \& ~UINT64_C(1))/g'
mutant 'what is left of signed entries is cleared away' server/dispatch/quarantine.c 'tests/unit/dispatch/test_quarantine' \
	's/ || is_short(remembered, \*ledger))/ || (is_short(remembered, *ledger) \&\& remembered->size == 0))/'
mutant 'erased text not overwritten' server/ledger/redact.c 'tests/python/test_erasure.py' \
	's/file_write_at(fd, piece->bytes, piece->len, piece->offset)/file_write_at(fd, piece->bytes, 0, piece->offset)/'
mutant 'overwriting not synced' server/ledger/redact.c 'tests/crash/power_cut 600 7' \
	'/^static enum status write_segment/,/^}/s/status = file_sync(fd);/status = STATUS_OK;/'
mutant 'overwriting that was cut off not finished' server/ledger/redact.c 'tests/crash/power_cut 600 7' \
	'/^enum status redaction_redo/,/^}/s/? carry_out(directory, journal, len)/? STATUS_OK/'
mutant 'an erasure'\''s state keeps its free pages' server/dispatch/erasure.c 'tests/python/test_erasure.py' \
	's/status = store_renew(work->disk->store, path.text);/(void)path;/'
mutant 'snapshots keep what was erased' server/dispatch/erasure.c 'tests/python/test_erasure.py' \
	's/status = snapshot_replace(work->disk->store, work->disk->data, inner);/status = STATUS_OK;/'
mutant 'what erase entries list not looked at in the start' server/dispatch/recover.c 'tests/crash/power_cut 600 7' \
	's/ ? erasure_recover(disk, why) : status;/ ? STATUS_OK : status;/'

rm -rf "$tree"
end="$passed passed, $failed failed"
[ $skipped -eq 0 ] || end="$end, $skipped skipped"
echo "$end"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
