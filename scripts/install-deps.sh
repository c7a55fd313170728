#!/bin/bash
# Installs the Debian packages of packages.txt that are missing, as root or by sudo. Says what it
# installs, and nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v dpkg-query >/dev/null; then
	echo "This is no Debian: install by hand what scripts/packages.txt names." >&2
	exit 1
fi

missing=()
for package in $(sed 's/#.*//' packages.txt); do
	state=$(dpkg-query -W -f '${db:Status-Status} ' "$package" 2>/dev/null || true)
	[[ " $state" == *" installed "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	as_root=(sudo)
	if ! command -v sudo >/dev/null; then
		echo "Run as root: apt-get install ${missing[*]}" >&2
		exit 1
	fi
fi

install_missing() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
# A machine that never asked for the lists of packages, or long ago, has to ask first.
if ! apt-get install -s --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
	! install_missing; then
	"${as_root[@]}" apt-get update -qq
	install_missing
fi
echo "Installed."
