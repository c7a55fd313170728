#!/bin/bash
# `make install` puts everything where it belongs, and what it puts there is well formed.
set -u
cd "$(dirname "$0")/.."
stage=$PWD/build/check/stage
failed=0

wrong() {
	echo "$1"
	failed=1
}

rm -rf "$stage"
make -s -j2 install DESTDIR="$stage" PREFIX=/usr/local || exit 1

share=usr/local/share
for file in usr/local/bin/dossier usr/local/sbin/dossierd $share/man/man1/dossier.1 \
	$share/man/man5/dossierd.conf.5 $share/man/man7/dossier-ledger.7 $share/man/man8/dossierd.8 \
	usr/local/lib/systemd/system/dossierd.service usr/local/lib/sysusers.d/dossier.conf \
	usr/local/lib/systemd/system/dossier-witness.service \
	usr/local/lib/sysusers.d/dossier-witness.conf \
	$share/doc/dossier/dossierd.conf $share/bash-completion/completions/dossier \
	$share/zsh/site-functions/_dossier $share/fish/vendor_completions.d/dossier.fish \
	$share/locale/zh_CN/LC_MESSAGES/dossier.mo; do
	[ -s "$stage/$file" ] || wrong "$file:1: is not installed"
done
for page in "$stage/$share"/man/man*/*; do
	said=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)
	[ -z "$said" ] || wrong "$page:1: $said"
done
bash -n "$stage/$share/bash-completion/completions/dossier" || wrong "bash completion does not parse"
"$stage/usr/local/bin/dossier" --version >/dev/null || wrong "the installed dossier does not run"
if command -v systemd-analyze >/dev/null; then
	# The programs are not at their final place while they are staged.
	for unit in dossierd.service dossier-witness.service; do
		sed "s|/usr/local/s\?bin|$stage&|" "$stage/usr/local/lib/systemd/system/$unit" \
			>"$stage/$unit"
		said=$(systemd-analyze verify --man=no "$stage/$unit" 2>&1 | grep "$unit")
		[ -z "$said" ] || wrong "$said"
	done
fi
exit $failed
