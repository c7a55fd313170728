#!/bin/bash
# Runs the unit tests of the coverage build and says what share of each file's lines they reach:
# coverage.sh PROGRAM...
set -u
cd "$(dirname "$0")/.."
out=build/coverage

find $out -name '*.gcda' -delete
scripts/unit.sh "$@" | tail -n 1
find $out/common $out/server $out/client -name '*.gcda' | xargs gcov -n -r 2>/dev/null | awk -F "[':% ]+" '
	/^File/ { file = $2 }
	/^Lines executed/ && file ~ /\.c$/ && !(file in share) {
		share[file] = $3; lines[file] = $5
		reached += $3 * $5 / 100; total += $5
	}
	END {
		for (file in share)
			printf "%6.1f %% of %5d  %s\n", share[file], lines[file], file | "sort -n"
		close("sort -n")
		if (total > 0)
			printf "%6.1f %% of %5d  in all\n", 100 * reached / total, total
	}'
