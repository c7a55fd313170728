#!/bin/bash
# Runs unit test programs (cmocka) and counts their tests: unit.sh PROGRAM...
# Shows the output of those that fail; ends with "N passed, N failed" and ", N skipped" if any.
set -u
seconds=${UNIT_SECONDS:-180} # for one program
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

for program in "$@"; do
	timeout "$seconds" "$program" >"$log" 2>&1
	code=$?
	ok=$(grep -ao '\[  *OK \]' "$log" | wc -l)
	bad=$(grep -aoE '\[  PASSED  \] [0-9]+|\[  FAILED  \] [0-9]+ test' "$log" |
		awk '/FAILED/ { sum += $4 } END { print sum + 0 }')
	left=$(grep -aoE '\[  SKIPPED \] [0-9]+ test' "$log" | awk '{ sum += $4 } END { print sum + 0 }')
	# Killed, a leak, a race: no test of it says so, but the program does.
	[ $code -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ $((ok + bad + left)) -gt 0 ] || bad=1
	name=${program#*tests/unit/}
	if [ "$bad" -gt 0 ]; then
		echo "FAIL $name (exit $code)"
		grep -av '^\[ RUN  \|^\[  *OK \]' "$log" | tail -n 40 | sed 's/^/    /'
	else
		echo "ok $name ($ok)"
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
done
echo "$passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
[ $failed -eq 0 ]
