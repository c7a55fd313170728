"""The machine's own limit: TLS alone, and TLS with one fdatasync for all that came together."""

import subprocess

from stage import ADDRESS, PROGRAM, bench, free_port, wait_for_port


class Echo:
    def __init__(self, folder, certificates, durable):
        self.name = "durable echo" if durable else "echo"
        self.file = ["--file", folder / "echo-journal"] if durable else []
        self.certificates = certificates
        self.port = free_port()
        self.process = None

    def _credentials(self, side):
        return {"port": self.port, "certificate": self.certificates / f"{side}-cert.pem",
                "key": self.certificates / f"{side}-key.pem", "ca": self.certificates / "ca.pem"}

    def start(self):
        arguments = [PROGRAM, "echo-serve", "--host", ADDRESS, *self.file]
        for name, value in self._credentials("server").items():
            arguments += [f"--{name}", value]
        self.process = subprocess.Popen([str(argument) for argument in arguments],
                                        stderr=subprocess.DEVNULL)
        wait_for_port(self.port, self.process)

    def measure(self, _, connections, depth, seconds, warmup):
        return bench("echo", self._credentials("client"), self.process.pid, seconds=seconds,
                     warmup=warmup, connections=connections, depth=depth)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
