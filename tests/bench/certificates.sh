#!/bin/sh
# Makes a CA, a server's and a client's certificate (P-256, for 127.0.0.1) in a directory, for what
# is measured beside our own server.
set -eu
cd "$1"

sign() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
		-keyout "$1-key.pem" -out "$1.csr"
	printf 'extendedKeyUsage=%s\nsubjectAltName=IP:127.0.0.1\n' "$3" > "$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \
		-extfile "$1.ext" -out "$1-cert.pem"
}

{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=bench CA" -keyout ca-key.pem -out ca.pem
	sign server 127.0.0.1 serverAuth
	sign client bench clientAuth
} 2> certificates.log || { cat certificates.log >&2; exit 1; }
