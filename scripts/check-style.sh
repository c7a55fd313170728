#!/bin/bash
# The rules of size and form that a machine can see. What is wrong is said as file:line: rule.
set -u
cd "$(dirname "$0")/.."
failed=0
function_lines=60
source_lines=400
header_lines=150
banned='strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|atoi|atol|atof|alloca|gets|sleep|usleep'

ours=$(find common server client tests -name '*.[ch]' | sort)
product=$(find common server client -name '*.[ch]' | sort)
texts=$(find common server client tests scripts proto Makefile -type f \
	! -name '*.pyc' ! -name check-style.sh | sort)

# Takes lines of the form file:line:..., says them with the rule.
wrong() {
	local rule=$1 line
	while IFS= read -r line; do
		echo "$line: $rule" | sed -E "s/^([^:]*:[0-9]+):.*: ($rule)\$/\1: \2/"
		failed=1
	done
}

too_long_files() {
	local file lines limit
	for file in $ours; do
		lines=$(wc -l <"$file")
		limit=$source_lines
		[[ $file != *.h || $file == tests/* ]] || limit=$header_lines
		[ "$lines" -le "$limit" ] || echo "$file:$lines:"
	done
}

# ctags says where functions begin and end.
too_long_functions() {
	# shellcheck disable=SC2086
	ctags -f - --languages=C --kinds-C=f --fields=+ne $ours 2>/dev/null | awk -F '\t' \
		-v limit=$function_lines '{
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^line:/) first = substr($i, 6)
				if ($i ~ /^end:/) last = substr($i, 5)
			}
			if (last - first + 1 > limit) print $2 ":" first ":"
		}'
}

# Code without its comments and strings, so that words in them do not count.
code_only() {
	awk '{
		line = $0
		gsub(/\\./, "", line)
		gsub(/"[^"]*"/, "\"\"", line)
		while (1) {
			if (inside) {
				end = index(line, "*/")
				if (!end) { line = ""; break }
				line = substr(line, end + 2)
				inside = 0
			}
			start = index(line, "/*")
			if (!start) break
			rest = substr(line, start + 2)
			end = index(rest, "*/")
			if (end) line = substr(line, 1, start - 1) " " substr(rest, end + 2)
			else { line = substr(line, 1, start - 1); inside = 1 }
			if (!end) break
		}
		sub(/\/\/.*/, "", line)
		print FILENAME ":" FNR ":" line
	}' "$@"
}

# A prototype has a comment above it; prototypes that follow one another may share one.
bare_prototypes() {
	awk '
	FNR == 1 { told = comment = 0 }
	comment || /^[ \t]*\/\*/ { told = 1; comment = !/\*\//; next }
	/^#/ || /^}/ || /\{$/ || /\\$/ { told = 0; next }
	/^(struct|enum|union) [a-z_]+;/ { next }
	/^[a-zA-Z].*[a-z_]\(/ && !/^(static|typedef) / && !told { print FILENAME ":" FNR ":" }
	' $(find common server client -name '*.h' | sort)
}

badly_laid_out() {
	# shellcheck disable=SC2086
	clang-format --dry-run $ours 2>&1 | grep -oE '^[^ :]+:[0-9]+:' | sort -u
}

wrong "files have at most $source_lines lines, headers $header_lines" < <(too_long_files)
wrong "functions have at most $function_lines lines" < <(too_long_functions)
# shellcheck disable=SC2086
wrong "banned function" < <(code_only $product | grep -E ":.*\b($banned) ?\(")
# shellcheck disable=SC2086
wrong "unfinished work is an issue, not a comment" < <(grep -nHwE 'TODO|FIXME|XXX' $texts)
wrong "a prototype in a header has a comment above it" < <(bare_prototypes)
wrong "clang-format lays it out otherwise" < <(badly_laid_out)
exit $failed
