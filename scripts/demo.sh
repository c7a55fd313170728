#!/usr/bin/env bash
# A day of Dossier in half a minute: head office and two branches, 2,000 customers and 10,000 items
# imported, clerks lending at the same time, an auditor watching, a lawyer let in and put out again,
# an approval, a crash, the proof that nothing was lost, and a forged ledger that is caught. Everything happens below build/demo, on
# loopback only.
#   demo.sh          stops the server at the end
#   demo.sh --keep   leaves it running and says how to poke around
set -euo pipefail
cd "$(dirname "$0")/.."

build=${DOSSIER_BUILD:-build/release}
demo=build/demo
keep=${1:-}
server=
followers=()

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
as() { local who=$1; shift; "$build/dossier" --profile "$demo/$who" "$@"; }
# The same, with the command line above what it says; the second one is there to be refused.
type_as() { printf '\033[2m%s$ dossier %s\033[0m\n' "$1" "${*:2}"; as "$@" 2>&1; }
refused_as() { if type_as "$@"; then echo "This was to be refused." >&2; return 1; fi; }
# With no server, no profile and, where the system lets us take it away, no network.
cable_out=()
! unshare -rn true 2>/dev/null || cable_out=(unshare -rn)
offline() {
	printf '\033[2m$ dossier %s\033[0m\n' "$*"
	"${cable_out[@]}" "$build/dossier" --profile /nonexistent "$@" 2>&1
}
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

stop_all() {
	for pid in "${followers[@]}"; do kill "$pid" 2>/dev/null || true; done
	if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
}
trap stop_all EXIT

# Starts a server and waits for its line "event=listening"; sets server and port.
start_server() {
	: >"$demo/server.log"
	"$build/dossierd" run "${1:-$demo/head}" 2>>"$demo/server.log" &
	server=$!
	local line
	line=$(timeout 30 grep -m1 'event=listening' <(tail -n +1 -f --pid="$server" "$demo/server.log"))
	port=$(sed 's/.*port=\([0-9]*\).*/\1/' <<<"$line")
}

if [ -f "$demo/server.pid" ] && kill -0 "$(cat "$demo/server.pid")" 2>/dev/null; then
	kill "$(cat "$demo/server.pid")" # the one that an earlier demo --keep left
	tail --pid="$(cat "$demo/server.pid")" -f /dev/null
fi
rm -rf "$demo"
mkdir -p "$demo"
export DOSSIER_LANG=${DOSSIER_LANG:-}

say "1. Head office is founded: ledger, keys, and the first security officer"
"$build/dossierd" init "$demo/head" --origin demo.dossier/ledger --office HQ \
	--office-name 总部档案室 --login officer --name 周安 --profile "$demo/officer"
sed -i 's/^#port = .*/port = 0/' "$demo/head/dossierd.conf"
start_server
sed -i "s/^port *=.*/port = $port/" "$demo/head/dossierd.conf" # the same one after the crash
sed -i "s/^port *=.*/port = $port/" "$demo/officer/dossier.conf"

say "2. The officer opens two branches and registers who works there; each enrolls with a one-time code"
as officer office add CD --name 成都分公司
as officer office add SH --name 上海分公司
while read -r login name office role; do
	code=$(as officer principal add "$login" --name "$name" --office "$office" --role "$role" --quiet)
	as "$login" enroll "$code" --server "127.0.0.1:$port" | sed -n 1p
done <<'PEOPLE'
archivist 陈静 HQ archivist
auditor 林审 HQ auditor
wangfang 王芳 CD clerk
liwei 李伟 CD clerk
zhaolei 赵磊 CD clerk
zhangmin 张敏 SH clerk
luohua 罗华 CD approver
PEOPLE
as officer principal list

say "3. 2,000 customers and 10,000 items come in from CSV files, as they would from the old system"
awk -v OFS=, 'BEGIN { print "名称,机构,统一社会信用代码" }
	{ print $0, (NR % 2 ? "CD" : "SH"), sprintf("C%05d", NR) }' \
	scripts/demo/companies.txt >"$demo/customers.csv"
# A box for every twenty customers of a branch, a volume for each, and pieces in the volumes.
awk -v OFS=, '
	BEGIN { print "题名,级别,客户,机构,上级,存放位置,页数,原档号" }
	{
		office = NR % 2 ? "CD" : "SH"
		box = sprintf("%s-B%03d", office, int((NR - 1) / 40))
		if (!(box in seen)) {
			seen[box] = 1
			print "客户档案盒 " box, "盒", "", office, "", "A区" int((NR - 1) / 400) + 1 "架", 0, box
		}
		volume = sprintf("V%05d", NR)
		print "客户案卷 " $0, "卷", sprintf("C%05d", NR), office, box, "", 0, volume
	}
	END {
		total = 2000 + length(seen)
		for (i = 1; total < 10000; i++) {
			n = (i - 1) % 2000 + 1
			k = int((i - 1) / 2000) + 1
			print (k == 1 ? "营业执照复印件" : k == 2 ? "购销合同" : k == 3 ? "对账单" : "往来函件"), \
				"件", sprintf("C%05d", n), (n % 2 ? "CD" : "SH"), sprintf("V%05d", n), "", 3 + i % 40, \
				sprintf("P%05d-%d", n, k)
			total++
		}
	}' scripts/demo/companies.txt >"$demo/items.csv"
as archivist import "$demo/customers.csv" --as customers
as archivist import "$demo/items.csv" --as items
echo "The same file a second time changes nothing:"
as archivist import "$demo/customers.csv" --as customers
as archivist customer show C00001

say "4. The auditor follows the log, while four clerks in two branches lend and return at once"
as auditor log --follow --acts >"$demo/followed.txt" 2>&1 &
followers+=($!)
# Each clerk has pieces of his own to lend; a line is an act in the words of the command line.
lend() { # clerk first step rounds
	local who=$1 first=$2 step=$3 rounds=$4
	for ((n = first; n < first + step * 330; n += step)); do
		printf 'borrow P%05d-1 --for %s --purpose 核对往来\n' "$n" "$who"
		printf 'return P%05d-1\n' "$n"
	done >"$demo/round"
	for ((round = 0; round < rounds; round++)); do cat "$demo/round"; done
}
lend wangfang 1 6 24 >"$demo/wangfang.batch"
lend liwei 3 6 24 >"$demo/liwei.batch"
lend zhaolei 5 6 24 >"$demo/zhaolei.batch"
lend zhangmin 2 6 24 >"$demo/zhangmin.batch"
began=$(date +%s%N)
batches=()
for who in wangfang liwei zhaolei zhangmin; do
	as "$who" batch <"$demo/$who.batch" >"$demo/$who.done" &
	batches+=($!)
done
for pid in "${batches[@]}"; do wait "$pid"; done
for who in wangfang liwei zhaolei zhangmin; do
	printf '%-10s %5d acts done\n' "$who" "$(grep -c $'\tOK\t' "$demo/$who.done")"
done
printf 'in %d ms; what the auditor saw last:\n' $((($(date +%s%N) - began) / 1000000))
tail -n 3 "$demo/followed.txt"

say "5. One contract is wanted by three clerks at the same instant: one gets it, the others are told"
batches=()
for who in wangfang liwei zhaolei; do
	as "$who" borrow P00007-2 --for "$who" --purpose 诉讼取证 >"$demo/$who.wanted" 2>&1 &
	batches+=($!)
done
for pid in "${batches[@]}"; do wait "$pid" || true; done
for who in wangfang liwei zhaolei; do
	echo "--- $who"
	cat "$demo/$who.wanted"
done
echo "--- zhangmin, of the other branch, to whom it does not exist"
as zhangmin item show P00007-2 || true
as archivist item show P00007-2

say "6. A lawyer with a mandate: registered, enrolled, he asks for the one matter that he represents"
type_as officer principal add linhao --name 林浩 --office CD --role lawyer --unit 诚信律师事务所 |
	tee "$demo/code"
code=$(grep -oE -m1 '([0-9A-Z]{5}-){5}[0-9A-Z-]+' "$demo/code")
type_as linhao enroll "$code" --server "127.0.0.1:$port" | sed -n '1,2p'
as wangfang customer edit C00007 --contact 王强 --phone 13812345678 >"$demo/contact"
refused_as linhao customer show C00007
type_as linhao grant request 买卖合同纠纷 --acts-for 阿曼古丽 --customer C00007 --purpose 代理一审 |
	tee "$demo/grant"
grant=$(grep -oE -m1 '[A-Z]+-SQ-[0-9]+-[0-9]+' "$demo/grant")
echo "A clerk checks off his papers; as long as one is missing nobody can approve:"
type_as wangfang papers "$grant" --kind introduction --number 诚信函26 --issuer 诚信律师事务所 \
	--dated today | tee "$demo/paper"
approval=$(grep -oE -m1 '[A-Z]+-SP-[0-9]+-[0-9]+' "$demo/paper")
refused_as luohua approve "$approval"
type_as wangfang papers "$grant" --kind practising-certificate --number 15101201910123456 \
	--issuer 四川省司法厅 --dated 2024-03-01
type_as luohua approvals
type_as luohua approve "$approval" --text 同意

echo "The auditor keeps a signed head of this day, three lines, where head office cannot write:"
as auditor ledger checkpoint | tee "$demo/kept.checkpoint"

say "7. He sees that one file and nothing else, and each look is in the log before he sees it"
type_as linhao customer show C00007
type_as linhao item list
echo "The next customer does not exist for him:"
refused_as linhao customer show C00009
type_as linhao myviews
echo "The auditor sees it, too, and what he was refused:"
type_as auditor log --actor linhao --last 6

say "8. His mandate ends: the grant is revoked; then he is suspended while he is connected"
type_as luohua grant revoke "$grant" --reason 委托已解除
refused_as linhao customer show C00007
mkfifo "$demo/held"
as linhao batch <"$demo/held" >"$demo/linhao.done" 2>&1 &
held=$!
exec 8>"$demo/held" # he types one act more, and leaves the connection open
echo "grant request 另案 --acts-for 阿曼古丽 --customer C00009 --purpose 代理二审" >&8
timeout 10 grep -m1 $'\tOK\t' <(tail -n +1 -f --pid=$held "$demo/linhao.done")
began=$(milliseconds)
type_as officer principal suspend linhao --reason 律师事务所来函
wait "$held" || true
printf 'Suspended, told and cut off in %d ms; what he was told:\n' $(($(milliseconds) - began))
exec 8>&-
tail -n +2 "$demo/linhao.done" | sed 's/^/    /'
refused_as linhao item list

say "9. An original leaves the house only with an approval"
borrower='林浩 诚信律师事务所'
refused_as wangfang borrow P00007-3 --for "$borrower" --external --purpose 开庭
type_as wangfang request loan P00007-3 --for "$borrower" --reason 开庭质证 | tee "$demo/loan"
approval=$(grep -oE -m1 '[A-Z]+-SP-[0-9]+-[0-9]+' "$demo/loan")
refused_as wangfang approve "$approval"
type_as luohua approve "$approval" --text 同意，限七日归还
type_as wangfang borrow P00007-3 --for "$borrower" --external --purpose 开庭 --approval "$approval"

say "10. The server is killed in the middle of the work: kill -9"
lend wangfang 1 6 20 >"$demo/crash.batch"
# When two hundred acts have been answered. The shell need not tell of it.
disown "$server"
as wangfang batch <"$demo/crash.batch" 2>"$demo/crash.err" | tee "$demo/crash.done" |
	{ head -n 200 >/dev/null; kill -9 "$server"; cat >/dev/null; } || true
tail --pid="$server" -f /dev/null
acknowledged=$(grep -c $'\tOK\t' "$demo/crash.done")
echo "The server is gone. $acknowledged acts were acknowledged; what was under way is in the journal."
start_server
echo "Started again:"
sed 's/^/    /' "$demo/server.log"
echo "Her next command settles what was open, each act exactly once:"
as wangfang loans 2>"$demo/settled"
head -n 3 "$demo/settled"

say "11. Nothing is missing"
as auditor log --last 5 --acts
"$build/dossierd" check "$demo/head"
"$build/dossierd" verify "$demo/head" --replay
as auditor export log -o csv >"$demo/log.csv"
missing=0
for entry in $(cut -f3 "$demo"/*.done | grep -E '^[0-9]+$'); do echo "$entry"; done | sort -un >"$demo/acknowledged"
cut -d, -f1 "$demo/log.csv" | tr -d '"' | grep -E '^[0-9]+$' | sort -un >"$demo/entries"
missing=$(join -v1 <(sort "$demo/acknowledged") <(sort "$demo/entries") | wc -l)
echo "Acknowledged acts: $(wc -l <"$demo/acknowledged"), of them missing from the ledger: $missing"
[ "$missing" = 0 ]
echo "The auditor saw $(grep -c . "$demo/followed.txt") lines pass by."

say "12. What a clerk can prove with the cable out: each act came with a receipt"
receipt=$(as wangfang receipt list | awk 'NR == 1 { print $1 }')
type_as wangfang receipt export "$receipt" --out "$demo/$receipt.tlog-proof"
offline ledger verify "$demo/$receipt.tlog-proof" --key "$demo/wangfang/log.vkey"

say "13. What the auditor can: a bundle on his stick, his own old head, no server, no network"
type_as auditor ledger export --out "$demo/audit.bundle" --since "$demo/kept.checkpoint"
offline ledger verify "$demo/audit.bundle" --key "$demo/auditor/log.vkey" \
	--since "$demo/kept.checkpoint"

say "14. A forged ledger is caught: the administrator has all files and the log key"
mkdir -p "$demo/forged/snapshots"
cp -a --sparse=auto "$demo"/head/{dossierd.conf,identity,ledger,signer} "$demo/forged"
scripts/demo/forge.py "$demo/forged" demo.dossier/ledger 核对往来 清点库房
sed -i 's/^port *=.*/port = 0/' "$demo/forged/dossierd.conf"
honest=$server honest_port=$port
start_server "$demo/forged"
followers+=("$honest")
echo "The state is built from it, the server starts, and finds nothing wrong with itself:"
"$build/dossierd" check "$demo/forged" | tail -n 1
echo "But wangfang has a receipt, and knows what she was shown:"
refused_as wangfang --server "127.0.0.1:$port" loans
echo "An auditor who has never been there before, with nothing but the head that was kept:"
"$build/dossierd" issue "$demo/forged" auditor --out "$demo/handed" >"$demo/handed.txt"
as handed --server "127.0.0.1:$port" ledger export --out "$demo/forged.bundle" >>"$demo/handed.txt"
if offline ledger verify "$demo/forged.bundle" --key "$demo/auditor/log.vkey" \
	--since "$demo/kept.checkpoint"; then
	echo "This was to be found." >&2
	exit 1
fi
kill "$server"
wait "$server" || true
server=$honest port=$honest_port

say "Summary"
as archivist status
cat <<'EOF'

You saw: one central server, branches with scopes of their own, every act one entry in one ledger,
one winner for a contested file, a lawyer who saw one matter until he was put out, an approval, a
crash that cost nothing, a state rebuilt from the ledger that is byte for byte the one in use, and
a forgery, made with every key of the server, that did not get past a clerk or an auditor.
EOF
if [ "$keep" = --keep ]; then
	echo "$server" >"$demo/server.pid"
	server=
	cat <<EOF
The server goes on running (process $(cat "$demo/server.pid"), port $port). Look around:
    $build/dossier --profile $demo/wangfang loans
    $build/dossier --profile $demo/archivist item list --customer C00001
    $build/dossier --profile $demo/luohua approvals --all
    $build/dossier --profile $demo/auditor log --last 20
    $build/dossier --profile $demo/archivist --lang zh_CN help
Stop it with: kill $(cat "$demo/server.pid")
EOF
else
	echo "The server is stopped now; scripts/demo.sh --keep leaves it running to look around."
fi
