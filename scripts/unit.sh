#!/bin/bash
# Runs unit test programs (cmocka), two at once, and counts their tests: unit.sh PROGRAM...
# Shows the output of those that fail; ends with "N passed, N failed" and ", N skipped" if any.
set -u
export seconds=${UNIT_SECONDS:-180} # for one program
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# What became of one program, in one piece; its counts go to a file of their own.
unit() {
	local program=$1 name=${1#*tests/unit/} log code ok bad left
	log=$(mktemp)
	timeout "$seconds" "$program" >"$log" 2>&1
	code=$?
	ok=$(grep -ao '\[  *OK \]' "$log" | wc -l)
	bad=$(grep -aoE '\[  PASSED  \] [0-9]+|\[  FAILED  \] [0-9]+ test' "$log" |
		awk '/FAILED/ { sum += $4 } END { print sum + 0 }')
	left=$(grep -aoE '\[  SKIPPED \] [0-9]+ test' "$log" | awk '{ sum += $4 } END { print sum + 0 }')
	# Killed, a leak, a race: no test of it says so, but the program does.
	[ $code -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ $((ok + bad + left)) -gt 0 ] || bad=1
	echo "$ok $bad $left" >"$log.counts"
	if [ "$bad" -gt 0 ]; then
		printf 'FAIL %s (exit %d)\n%s\n' "$name" $code \
			"$(grep -av '^\[ RUN  \|^\[  *OK \]' "$log" | tail -n 40 | sed 's/^/    /')"
	else
		echo "ok $name ($ok)"
	fi
}
export -f unit

printf '%s\n' "$@" | xargs -r -P 2 -I '{}' bash -c 'unit {}'
read -r passed failed skipped <<<"$(cat "$TMPDIR"/*.counts |
	awk '{ a += $1; b += $2; c += $3 } END { print a + 0, b + 0, c + 0 }')"
echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
