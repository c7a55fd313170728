"""PostgreSQL from Debian doing the same work: a table of items, of loans, of what happened; one
prepared call an act, in one round trip; fsync on; TLS 1.3 with certificates on both sides."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time

from stage import ADDRESS, ITEMS, Failed, free_port, wait_for_port

SETTINGS = {
    "listen_addresses": f"'{ADDRESS}'", "unix_socket_directories": "''", "max_connections": 300,
    "shared_buffers": "'1GB'", "max_wal_size": "'4GB'",
    "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
    "ssl": "on", "ssl_min_protocol_version": "'TLSv1.3'",
}

ATTEMPTS = 3  # pgbench gives no figure when the machine stood still and nothing was done
CONNECTS_A_SECOND = 50  # pgbench counts connecting into its time, though not into its rate

SCHEMA = """
create table item (id bigserial primary key, number text not null unique, title text not null,
	customer_id bigint not null, ref text not null unique, place text not null, pages int not null);
create table loan (id bigserial primary key, item_id bigint not null references item,
	borrower_id bigint not null, clerk_id bigint not null, purpose text not null,
	lent_at timestamptz not null, due date not null, returned_at timestamptz);
create unique index loan_open on loan (item_id) where returned_at is null;
create table audit (id bigserial primary key, at timestamptz not null, actor_id bigint not null,
	act text not null, item_id bigint not null, loan_id bigint not null);

create function act(wanted text, who bigint) returns bigint language plpgsql as $$
declare
	found bigint;
	lent bigint;
begin
	select id into strict found from item where number = wanted for update;
	select id into lent from loan where item_id = found and returned_at is null;
	if lent is null then
		insert into loan (item_id, borrower_id, clerk_id, purpose, lent_at, due)
			values (found, who, who, 'bench', clock_timestamp(), current_date + 15)
			returning id into lent;
		insert into audit (at, actor_id, act, item_id, loan_id)
			values (clock_timestamp(), who, 'borrow', found, lent);
	else
		update loan set returned_at = clock_timestamp() where id = lent;
		insert into audit (at, actor_id, act, item_id, loan_id)
			values (clock_timestamp(), who, 'return', found, lent);
	end if;
	return lent;
end $$;

insert into item (number, title, customer_id, ref, place, pages)
	select 'HQ-KH-2026-' || lpad(n::text, 7, '0'), '信贷合同正本 ' || n, n % 1000,
		'K' || lpad(n::text, 8, '0'), 'A-' || n / 500 % 100 || '-' || n % 9, 1 + n % 40
	from generate_series(1, {items}) n;
vacuum analyze;
checkpoint;
"""

NUMBER = f"""\\set n random(1, {ITEMS})
"""
SCRIPTS = {
    "act": NUMBER + "select act('HQ-KH-2026-' || lpad(:n::text, 7, '0'), 1);\n",
    "lookup": NUMBER + "select i.*, l.* from item i left join loan l on l.item_id = i.id and "
                       "l.returned_at is null where i.number = 'HQ-KH-2026-' || "
                       "lpad(:n::text, 7, '0');\n",
}


def newest_programs():
    """The folder with PostgreSQL's programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise Failed("PostgreSQL is not installed (package postgresql)")
    return found[-1].parent


class Postgres:
    name = "PostgreSQL"
    depths = (1,)

    def __init__(self, folder, certificates):
        self.folder = folder / "postgres"
        self.data = self.folder / "data"
        self.programs = newest_programs()
        self.port = free_port()
        self.process = None
        # It does not run as root; Debian's package made this user.
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.folder.mkdir()
        for name in ("ca.pem", "server-cert.pem", "server-key.pem", "client-cert.pem",
                     "client-key.pem"):
            shutil.copy(certificates / name, self.folder / name)
            os.chmod(self.folder / name, 0o600)
        self.connect = (f"host={ADDRESS} port={self.port} user=bench dbname=postgres "
                        f"sslmode=verify-full sslrootcert={self.folder}/ca.pem "
                        f"sslcert={self.folder}/client-cert.pem "
                        f"sslkey={self.folder}/client-key.pem")
        self._own(self.folder, *self.folder.iterdir())

    def _own(self, *paths):
        if self.owner:
            for path in paths:
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _as_owner(self):
        if not self.owner:
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def _run(self, program, *arguments, timeout=600, **options):
        done = subprocess.run([self.programs / program, *map(str, arguments)], text=True,
                              capture_output=True, timeout=timeout, cwd=self.folder,
                              **self._as_owner(), **options)
        if done.returncode != 0:
            raise Failed(f"{program}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def start(self):
        self._run("initdb", "-D", self.data, "-U", "bench", "-E", "UTF8", "--locale=C.UTF-8")
        settings = {**SETTINGS, "port": self.port, "ssl_ca_file": f"'{self.folder}/ca.pem'",
                    "ssl_cert_file": f"'{self.folder}/server-cert.pem'",
                    "ssl_key_file": f"'{self.folder}/server-key.pem'"}
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
        (self.data / "pg_hba.conf").write_text(f"hostssl all bench {ADDRESS}/32 cert\n")
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen([self.programs / "postgres", "-D", self.data],
                                            stdout=log, stderr=log, cwd=self.folder,
                                            **self._as_owner())
        self._wait()
        self._run("psql", self.connect, "-q", "-v", "ON_ERROR_STOP=1",
                  input=SCHEMA.replace("{items}", str(ITEMS)))

    def _wait(self):
        """It listens a little before it serves."""
        wait_for_port(self.port, self.process)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            asked = subprocess.run([self.programs / "pg_isready", "-q", "-h", ADDRESS, "-p",
                                    str(self.port)], check=False)
            if asked.returncode == 0:
                return
            time.sleep(0.05)
        raise Failed("PostgreSQL does not start")

    def measure(self, word, connections, depth, seconds, warmup):
        script = self.folder / f"{word}.sql"
        script.write_text(SCRIPTS[word])
        os.chmod(script, 0o644)
        common = ["-n", "-M", "prepared", "-c", connections, "-j", min(2, connections),
                  "-f", script]
        connecting = 1 + connections // CONNECTS_A_SECOND
        if warmup > 0:
            self._run("pgbench", *common, "-T", connecting + round(warmup), self.connect)
        for _ in range(ATTEMPTS):
            for old in self.folder.glob("latency*"):
                old.unlink()
            said = self._run("pgbench", *common, "-T", connecting + round(seconds), "-l",
                             "--log-prefix=latency", self.connect)
            rate = re.search(r"tps = ([\d.]+)", said)
            if rate:
                break
        else:
            raise Failed(f"pgbench: {said}")
        times = sorted(int(line.split()[2]) for path in self.folder.glob("latency*")
                       for line in path.read_text().splitlines())
        return {"per_second": float(rate[1]),
                "p50_us": times[len(times) // 2], "p99_us": times[len(times) * 99 // 100]}

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(30)
