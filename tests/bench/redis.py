"""Redis from Debian doing the same work: a hash for each item and loan, a stream of what happened,
one script an act; appendfsync always; TLS 1.3 with certificates on both sides."""

import csv
import shutil
import subprocess

from stage import ADDRESS, ITEMS, Failed, free_port, wait_for_port

ACT = """
local now = redis.call('TIME')[1]
local lent = redis.call('HGET', KEYS[1], 'loan')
if lent then
	redis.call('HDEL', KEYS[1], 'loan')
	redis.call('HSET', 'loan:' .. lent, 'returned_at', now)
	redis.call('XADD', 'audit', '*', 'act', 'return', 'actor', ARGV[1], 'item', KEYS[1], 'loan', lent)
else
	lent = redis.call('INCR', 'loans')
	redis.call('HSET', 'loan:' .. lent, 'item', KEYS[1], 'borrower', ARGV[1], 'clerk', ARGV[1],
		'purpose', 'bench', 'lent_at', now, 'due', now + 15 * 86400)
	redis.call('HSET', KEYS[1], 'loan', lent)
	redis.call('XADD', 'audit', '*', 'act', 'borrow', 'actor', ARGV[1], 'item', KEYS[1], 'loan', lent)
end
return lent
"""

GUESS_REQUESTS = 3000  # of the first run, which tells how many fill the time


def command(*words):
    """In Redis's own form, for --pipe."""
    words = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word)
                                              for word in words)


class Redis:
    name = "Redis"
    depths = (1, 16)

    def __init__(self, folder, certificates):
        if not shutil.which("redis-server"):
            raise Failed("Redis is not installed (package redis-server)")
        self.folder = folder / "redis"
        self.folder.mkdir()
        self.port = free_port()
        self.process = None
        self.script = None
        self.server_tls = ["--tls-cert-file", certificates / "server-cert.pem",
                           "--tls-key-file", certificates / "server-key.pem",
                           "--tls-ca-cert-file", certificates / "ca.pem"]
        self.client_tls = ["-h", ADDRESS, "-p", self.port, "--tls",
                           "--cert", certificates / "client-cert.pem",
                           "--key", certificates / "client-key.pem",
                           "--cacert", certificates / "ca.pem"]

    def _run(self, program, *arguments, timeout=600, **options):
        done = subprocess.run([program, *map(str, [*self.client_tls, *arguments])],
                              capture_output=True, timeout=timeout, cwd=self.folder, **options)
        if done.returncode != 0:
            raise Failed(f"{program}: {(done.stderr or done.stdout).decode()[-500:]}")
        return done.stdout.decode()

    def start(self):
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--bind", ADDRESS, "--port", "0", "--tls-port", str(self.port),
                 *map(str, self.server_tls), "--tls-auth-clients", "yes",
                 "--tls-protocols", "TLSv1.3", "--dir", str(self.folder),
                 "--appendonly", "yes", "--appendfsync", "always",
                 "--auto-aof-rewrite-percentage", "0", "--save", ""], stdout=log, stderr=log)
        wait_for_port(self.port, self.process)
        with open(self.folder / "items", "wb") as items:
            for n in range(ITEMS):
                items.write(command("HSET", f"item:{n:012d}", "number", f"HQ-KH-2026-{n:07d}",
                                    "title", f"信贷合同正本 {n}", "customer", n % 1000,
                                    "ref", f"K{n:08d}", "place", f"A-{n // 500 % 100}-{n % 9}",
                                    "pages", 1 + n % 40))
        with open(self.folder / "items", "rb") as items:
            self._run("redis-cli", "--pipe", stdin=items)
        self.script = self._run("redis-cli", "SCRIPT", "LOAD", ACT).strip()

    def _bench(self, word, connections, depth, requests):
        work = {"act": ["evalsha", self.script, 1, "item:__rand_int__", "clerk"],
                "lookup": ["hgetall", "item:__rand_int__"]}[word]
        said = self._run("redis-benchmark", "--csv", "-r", ITEMS, "-c", connections, "-P", depth,
                         "-n", max(int(requests), connections * depth), *work)
        lines = [line for line in said.splitlines() if line.startswith('"')]
        row = dict(zip(*csv.reader(lines)))
        return {"per_second": float(row["rps"]), "p50_us": float(row["p50_latency_ms"]) * 1000,
                "p99_us": float(row["p99_latency_ms"]) * 1000}

    def measure(self, word, connections, depth, seconds, warmup):
        rate = self._bench(word, connections, depth, GUESS_REQUESTS)["per_second"]
        if warmup > 0:
            rate = self._bench(word, connections, depth, rate * warmup)["per_second"]
        return self._bench(word, connections, depth, rate * seconds)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
