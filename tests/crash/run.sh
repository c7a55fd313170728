#!/bin/bash
# Crash tests: power cuts, failing calls, a full disk, kill -9, seeded mutants. The programs are
# those of $DOSSIER_BUILD (default: build/release); the mutants are built from build/debug.
#   run.sh [--long]    hours instead of minutes; so does DOSSIER_LONG=1
# Seeds are printed and replay a run. Ends with "N passed, N failed[, N skipped]".
set -u
cd "$(dirname "$0")/../.."
# The mode of a build folder: build/release is made by MODE=release.
mode=$(basename "${DOSSIER_BUILD:-build/release}")
export DOSSIER_BUILD=build/$mode
export LC_ALL=C.UTF-8
cuts=1000 step=8 rounds=20 seconds=600
if [ "${1:-}" = --long ] || [ -n "${DOSSIER_LONG:-}" ]; then
	cuts=100000 step=1 rounds=200 seconds=7200
fi
make -s MODE="$mode" "$DOSSIER_BUILD/dossierd" \
	"$DOSSIER_BUILD"/tests/crash/{power_cut,faults,looks,full_disk,kill9,kill9_looks} || exit 1

# What a test leaves that was killed goes with this folder.
parent=/tmp
[ ! -w /dev/shm ] || parent=/dev/shm
TMPDIR=$(mktemp -d $parent/dossier-crash-XXXXXX) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
log=$TMPDIR/log
passed=0 failed=0 skipped=0

# part NAME COMMAND...: runs it and adds up the counts of its last line.
part() {
	local name=$1 begin=$SECONDS code words
	shift
	echo "== $name"
	timeout "$seconds" "$@" >"$log" 2>&1
	code=$?
	cat "$log"
	read -r -a words <<<"$(tail -n 1 "$log" | grep -xE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' | tr -d ,)"
	if [ ${#words[@]} -eq 0 ] || { [ $code -ne 0 ] && [ $code -ne 77 ] && [ "${words[2]}" -eq 0 ]; }; then
		words=(0 passed 1 failed)
		echo "FAIL $name: exit $code"
	fi
	passed=$((passed + words[0]))
	failed=$((failed + words[2]))
	skipped=$((skipped + ${words[4]:-0}))
	echo "   $((SECONDS - begin)) s"
}

part "power cuts" "$DOSSIER_BUILD/tests/crash/power_cut" $cuts
part "a call fails" "$DOSSIER_BUILD/tests/crash/faults" $step
part "looks" "$DOSSIER_BUILD/tests/crash/looks"
part "a full disk" "$DOSSIER_BUILD/tests/crash/full_disk"
part "kill -9" "$DOSSIER_BUILD/tests/crash/kill9" $rounds
part "kill -9 of looks" "$DOSSIER_BUILD/tests/crash/kill9_looks" $((rounds / 2))
part "mutants" tests/crash/mutants.sh

end="$passed passed, $failed failed"
[ $skipped -eq 0 ] || end="$end, $skipped skipped"
echo "$end"
[ $failed -eq 0 ]
