#!/bin/bash
# Runs each fuzz target that `make fuzz` built for FUZZ_TIME seconds, two at once. What it learns
# stays in build/fuzz/corpus, what breaks a target goes to build/fuzz/finds.
set -u
cd "$(dirname "$0")/.."
export FUZZ_TIME=${FUZZ_TIME:-20}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fuzz() {
	local name=$1 out=build/fuzz
	local seeds=tests/fuzz/corpus/$name words=tests/fuzz/$name.dict
	mkdir -p "$out/corpus/$name" "$out/finds/$name"
	local options=(-max_total_time="$FUZZ_TIME" -timeout=10 -rss_limit_mb=2048
		-print_final_stats=1 -artifact_prefix="$out/finds/$name/")
	[ ! -f "$words" ] || options+=(-dict="$words")
	local folders=("$out/corpus/$name") # the first is written to
	[ ! -d "$seeds" ] || folders+=("$seeds")
	if "$out/tests/fuzz/$name" "${options[@]}" "${folders[@]}" >"$out/$name.log" 2>&1; then
		echo "ok $name ($(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log") runs)"
	else
		echo "FAIL $name: the input is in $out/finds/$name"
		tail -n 30 "$out/$name.log" | sed 's/^/    /'
	fi
}
export -f fuzz

for source in tests/fuzz/fuzz_*.c; do
	[ ! -f "$source" ] || basename "$source" .c
done | xargs -r -P 2 -I '{}' bash -c 'fuzz {}' | tee "$log"
echo "$(grep -c '^ok ' "$log") passed, $(grep -c '^FAIL ' "$log") failed"
grep -q '^ok ' "$log" && ! grep -q '^FAIL ' "$log"
