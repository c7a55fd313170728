#!/bin/bash
# Everything that must hold, step by step: `make check`. Goes on after a failure, shows the end of
# the failed step's log (all logs are in build/check), and ends with "N passed, N failed".
# --long: long fuzz and crash runs.
#
# A step counts as one, unless it ends with such a line of its own. A test program (tests/flow,
# tests/cli, tests/python: executables test_*; tests/crash: run*.sh) exits with 0, or 77 when it has
# to be skipped; it finds the programs to test in $DOSSIER_BUILD.
set -u
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL MODE BUILD
export LC_ALL=C.UTF-8
export DOSSIER_LONG=
[ "${1:-}" != --long ] || export DOSSIER_LONG=1
fuzz_seconds=8
program_seconds=900
[ -z "$DOSSIER_LONG" ] || fuzz_seconds=600 program_seconds=14400

logs=build/check
passed=0 failed=0 skipped=0
mkdir -p $logs
rm -f $logs/beside.*

# step NAME COMMAND...: runs it and counts.
step() {
	local name=$1 log=$logs/${1//[ \/]/-}.log begin=$SECONDS code counts
	shift
	"$@" >"$log" 2>&1 </dev/null
	code=$?
	counts=$(tail -n 5 "$log" | grep -xE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' | tail -n 1)
	if [ -z "$counts" ]; then
		case $code in
		0) counts="1 passed, 0 failed" ;;
		77) counts="0 passed, 0 failed, 1 skipped" ;;
		*) counts="0 passed, 1 failed" ;;
		esac
	elif [ $code -ne 0 ] && [[ $counts == *" 0 failed"* ]]; then
		counts="${counts%% *} passed, 1 failed" # it says all is well, but did not end well
	fi
	count "$counts"
	if [ $code -eq 0 ] || [ $code -eq 77 ]; then
		echo "ok $name ($counts; $((SECONDS - begin)) s)"
	else
		echo "FAIL $name ($counts; $((SECONDS - begin)) s), the end of $log:"
		tail -n 40 "$log" | sed 's/^/    /'
	fi
}

# count "N passed, N failed, N skipped": adds it up.
count() {
	local words
	read -r -a words <<<"${1//,/}"
	passed=$((passed + words[0]))
	failed=$((failed + words[2]))
	skipped=$((skipped + ${words[4]:-0}))
}

# programs NAME BUILD PROGRAM...: one step for each that is there.
programs() {
	local name=$1 program
	export DOSSIER_BUILD=$PWD/$2
	shift 2
	for program in "$@"; do
		[ ! -x "$program" ] || [ -d "$program" ] ||
			step "$name $(basename "$program")" timeout "$program_seconds" "$program"
	done
}

# beside COMMAND...: goes on in a process of its own until join, which shows and counts what it did.
beside() {
	(
		passed=0 failed=0 skipped=0
		"$@" >$logs/beside.log
		echo "$passed passed, $failed failed, $skipped skipped" >$logs/beside.counts
	) &
}

join() {
	wait
	cat $logs/beside.log
	count "$(cat $logs/beside.counts)"
}

build() {
	make -s -j2 "$@"
}

# Unit tests of the layers that have threads, and those that start some.
concurrent_tests() {
	ls tests/unit/{net,session,dispatch}/test_*.c
	grep -lE 'pthread_create|uv_thread' tests/unit/*/test_*.c
}

unit_of_threads() {
	make -s -j2 MODE=tsan unit TESTS="$(concurrent_tests | sort -u | tr '\n' ' ')"
}

step "build with gcc" build all tools
step "build with clang" build CC=clang BUILD=build/debug-clang all tests tools
step "build with ASan and UBSan" build MODE=asan all tests tools
step "build with TSan" build MODE=tsan all tools
step "build for release" build MODE=release all tools
step "headers alone" scripts/check-headers.sh
step "layers and homes" scripts/check-layers.sh
step "style" scripts/check-style.sh
step "translations" scripts/check-po.sh
step "install" scripts/check-install.sh
step "unit tests, ASan and UBSan" make -s MODE=asan unit
step "unit tests of threads, TSan" unit_of_threads
programs "threads, TSan" build/tsan build/tsan/tests/flow/test_* tests/python/test_rpcs.py
step "fuzzing" make -s -j2 fuzz FUZZ_TIME=$fuzz_seconds
# These wait more than they work, so the crash tests go on beside them.
beside programs "crash" build/release tests/crash/run*.sh
programs "flow, ASan" build/asan tests/flow/test_* build/asan/tests/flow/test_*
programs "command line" build/debug tests/cli/test_*
programs "Python client, ASan" build/asan tests/python/test_*
[ -z "$DOSSIER_LONG" ] || programs "TLS scan" build/release tests/python/scan_tls.py
join

end="$passed passed, $failed failed"
[ $skipped -eq 0 ] || end="$end, $skipped skipped"
echo "$end"
[ $failed -eq 0 ]
