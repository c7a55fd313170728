#!/bin/bash
# Includes go downwards, and each library has its home. What is wrong is said as file:line: rule.
set -eu
cd "$(dirname "$0")/.."

# layer: the layers that it may include, itself included
layers='
common:   common proto
store:    store common proto
ledger:   ledger common
server:   server common proto
service:  service ledger store server common proto
dispatch: dispatch service ledger store server common proto
net:      net common
session:  session net dispatch server common proto
command:  command session net dispatch service ledger store server common proto
main:     command server common
lib:      lib common proto
cli:      cli lib common proto
cmd:      cmd cli lib common proto
dossier:  cmd cli lib common
'

# library header (a pattern): the files that may include it (a pattern)
homes='
lmdb[.]h:       server/store/.*
uv[.]h:         server/(net|session|command)/.*
openssl/.*:     common/(tls|tls_context|tls_peer|tls_again|certificate|csr|pin|hash|base64|ed25519)[.][ch]|server/credential.*
sodium[.]h:     common/ed25519[.]c
microhttpd[.]h: server/exporter[.]c
ini[.]h:        server/config[.]c|client/lib/profile[.]c
systemd/.*:     server/command/.*
jansson[.]h:    client/(cli|cmd)/.*
csv[.]h:        client/(cli|cmd)/.*
qrencode[.]h:   client/cmd/paper_head[.]c
libintl[.]h:     client/(lib|cli)/.*
iconv[.]h:      client/(cli|cmd)/.*
protobuf-c/.*:  common/.*|server/(service|dispatch|store|session)/.*|client/(lib|cli|cmd)/.*
'

# shellcheck disable=SC2046 # file names here have no spaces
awk -v layers="$layers" -v homes="$homes" '
function layer_of(path) {
	if (path ~ /^(common|proto)\//)
		return substr(path, 1, index(path, "/") - 1)
	if (path == "server/main.c")
		return "main"
	if (path == "client/main.c")
		return "dossier"
	if (split(path, part, "/") == 3)
		return part[2]
	return part[1]
}
function wrong(rule) {
	printf "%s:%d: %s\n", FILENAME, FNR, rule
	failed = 1
}
function check_own(path) {
	from = layer_of(FILENAME)
	to = layer_of(path)
	if (path !~ /\//)
		wrong("paths start at the root: " path)
	else if (!((from, to) in may))
		wrong(from " may not include " to " (" path ")")
}
function check_library(path,    i) {
	for (i = 1; i <= home_count; i++)
		if (path ~ "^(" header[i] ")$" && FILENAME !~ "^(" home[i] ")$")
			wrong("<" path "> belongs into " home[i])
}
BEGIN {
	count = split(layers, lines, "\n")
	for (i = 1; i <= count; i++) {
		words = split(lines[i], word, /[: ]+/)
		for (w = 2; w <= words; w++)
			may[word[1], word[w]] = 1
	}
	count = split(homes, lines, "\n")
	for (i = 1; i <= count; i++)
		if (split(lines[i], pair, /: +/) == 2) {
			header[++home_count] = pair[1]
			home[home_count] = pair[2]
		}
}
/^#[ ]*include/ {
	path = $0
	sub(/^#[ ]*include[ ]*[<"]/, "", path)
	sub(/[>"].*/, "", path)
	if ($0 ~ /"/)
		check_own(path)
	else
		check_library(path)
}
END { exit failed }
' $(find common server client -name '*.[ch]' | sort)
