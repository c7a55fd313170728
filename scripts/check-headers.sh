#!/bin/bash
# Each header compiles alone, with gcc and with clang. Needs the generated headers of the debug build.
set -u
cd "$(dirname "$0")/.."
failed=0

for header in $(find common server client -name '*.h' | sort); do
	for cc in gcc clang; do
		if ! said=$($cc -std=c17 -D_GNU_SOURCE -I. -Ibuild/debug/gen -Wall -Wextra -Werror \
			-fsyntax-only -x c -include "$header" /dev/null 2>&1); then
			echo "$header:1: does not compile alone ($cc)"
			echo "$said" | head -n 5
			failed=1
		fi
	done
done
exit $failed
