#!/bin/bash
# Every sentence for people is translated into every language of client/po, and nothing else is.
set -u
cd "$(dirname "$0")/.."
out=build/check
failed=0
mkdir -p $out

# What people read: marked _() or N_(), and the summaries of rpc.def.
# shellcheck disable=SC2046
xgettext --from-code=UTF-8 --language=C --keyword --keyword=_ --keyword=N_ --keyword=RPC:8 \
	--keyword=ngettext:1,2 --keyword=P_:1,2 -o $out/dossier.pot \
	$(find client common proto -name '*.[ch]' -o -name '*.def' | sort) 2>$out/xgettext.log ||
	{ cat $out/xgettext.log; exit 1; }

if [ ! -f client/po/zh_CN.po ]; then
	echo "client/po/zh_CN.po:1: this translation is missing"
	exit 1
fi
for po in client/po/*.po; do
	# A translation with a wrong format or header; a sentence untranslated, fuzzy, or gone.
	msgfmt --check -o /dev/null "$po" || failed=1
	msgcmp "$po" $out/dossier.pot >$out/msgcmp.log 2>&1 || failed=1
	grep -vE ' found [0-9]+ fatal errors?$' $out/msgcmp.log
	! grep -q 'not used' $out/msgcmp.log || failed=1
done
exit $failed
