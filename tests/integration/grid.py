"""Real vargrid processes for the tests: started on ports that the system chooses, watched without
fixed sleeps, and gone when the test ends, whatever happened.

    with Stage("one_answer", build, timeout_seconds=240) as stage:
        scheduler = stage.scheduler(journal=stage.folder / "journal")
        worker = stage.worker(scheduler.endpoint)
        ...

Every process is the leader of its own session, so that a kill reaches what it started. The kernel
kills them too if the test itself is killed."""

import argparse
import contextlib
import ctypes
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
POLL_SECONDS = 0.02
SKIPPED = 77
SANITIZER = re.compile(rb"(AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:)")


class Failure(Exception):
    """A promise that did not hold."""


def check(holds, text):
    if not holds:
        raise Failure(text)


def check_equal(found, expected, what):
    check(found == expected, f"{what}: expected {expected!r}, found {found!r}")


def say(text):
    print(text, flush=True)


def cpu_has_avx512():
    """What the AVX-512 kernels need; the same list as pricing/kernels asks for."""
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    words = set(re.search(r"^flags\s*:(.*)$", flags, re.MULTILINE).group(1).split())
    return {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"} <= words


def _before_exec():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A child in a session of its own; both streams go to files."""

    def __init__(self, stage, name, arguments, environment=None):
        self.name = name
        self.arguments = [str(argument) for argument in arguments]
        self.stdout_path = stage.folder / f"{name}.out"
        self.stderr_path = stage.folder / f"{name}.err"
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.popen = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=stage.folder, env=stage.environment(environment), start_new_session=True,
                preexec_fn=_before_exec)  # pylint: disable=subprocess-popen-preexec-fn
        self.pid = self.popen.pid

    @property
    def stdout(self):
        return self.stdout_path.read_text(encoding="utf-8", errors="replace")

    @property
    def stderr(self):
        return self.stderr_path.read_text(encoding="utf-8", errors="replace")

    def alive(self):
        return self.popen.poll() is None

    def signal(self, number):
        """To this process alone, as a cluster manager does it."""
        if self.alive():
            os.kill(self.pid, number)

    def kill(self):
        """kill -9, of everything it started too."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()

    def wait(self, timeout_seconds=30):
        try:
            return self.popen.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} (pid {self.pid}) did not end within {timeout_seconds} s; "
                          f"its last words:\n{self.stderr[-2000:]}") from None


class Scheduler(Process):
    """`vargrid scheduler`; ready to serve when the constructor returns."""

    def __init__(self, stage, name, journal, bind):
        arguments = [stage.vargrid_path, "scheduler", "--bind", bind]
        if journal is not None:
            arguments += ["--journal", journal]
        started = time.monotonic()
        super().__init__(stage, name, arguments)
        self.journal = journal

        def announced():
            found = re.search(r"serves at (\S+) \(epoch (\d+)", self.stdout)
            check(found or self.alive(), f"{name} ended at start: {self.stderr[-2000:]}")
            return found

        found = stage.wait_for(f"{name} to serve", announced, 20)
        self.endpoint = found.group(1)
        self.epoch = int(found.group(2))
        self.start_seconds = time.monotonic() - started


class Stage:
    """The place of one test: a folder, its processes, and the time it may take."""

    def __init__(self, name, build, timeout_seconds, keep=False):
        self.name = name
        self.build = pathlib.Path(build).resolve()
        self.vargrid_path = self.build / "vargrid"
        self.worker_path = self.build / "vargrid-worker"
        self.deadline = time.monotonic() + timeout_seconds
        self.timeout_seconds = timeout_seconds
        self.keep = keep
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"vargrid-{name}-"))
        self.processes = []
        self.counts = {}

    def __enter__(self):
        for path in (self.vargrid_path, self.worker_path):
            check(path.exists(), f"{path} is not built")
        # Beyond the deadline every wait fails; the alarm is for a wait that nobody thought of.
        signal.signal(signal.SIGALRM, self._out_of_time)
        signal.alarm(self.timeout_seconds + 10)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        return self

    def __exit__(self, kind, error, trace):
        signal.alarm(0)
        for process in self.processes:
            process.kill()
        failed = kind is not None
        try:
            if not failed:
                self.check_sanitizers()
        finally:
            if failed:
                self._last_words()
            if failed or self.keep:
                say(f"files of this test: {self.folder}")
            else:
                shutil.rmtree(self.folder, ignore_errors=True)

    def _out_of_time(self, *_):
        raise Failure(f"{self.name} took more than {self.timeout_seconds} s")

    def _last_words(self):
        for process in self.processes:
            text = process.stderr[-1500:].strip()
            if text:
                say(f"--- {process.name}: exit {process.popen.returncode}\n{text}")

    def check_sanitizers(self):
        """No process may have complained, however it ended."""
        for process in self.processes:
            for path in (process.stdout_path, process.stderr_path):
                found = SANITIZER.search(path.read_bytes())
                check(not found, f"{process.name}: {found and found.group(0).decode()} in {path}")

    def environment(self, extra=None):
        """Ours without the variables that steer vargrid, so that a test sees what it sets."""
        values = {key: value for key, value in os.environ.items()
                  if not key.startswith("VARGRID_") or key == "VARGRID_DATA"}
        values["VARGRID_CACHE"] = str(self.folder / "cache")
        values["TMPDIR"] = str(self.folder)  # Of schedulers without a journal, which get killed.
        values.update(extra or {})
        return values

    def seconds_left(self):
        return self.deadline - time.monotonic()

    def wait_for(self, what, condition, timeout_seconds=30):
        """Polls until the condition gives something true, which is returned."""
        until = min(time.monotonic() + timeout_seconds, self.deadline)
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() >= until:
                raise Failure(f"waited {timeout_seconds} s in vain for {what}")
            time.sleep(POLL_SECONDS)

    def name_for(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return f"{kind}-{self.counts[kind]}"

    def add(self, process):
        self.processes.append(process)
        return process

    def process(self, kind, arguments, environment=None):
        return self.add(Process(self, self.name_for(kind), arguments, environment))

    def scheduler(self, journal=None, bind="tcp://127.0.0.1:0"):
        return self.add(Scheduler(self, self.name_for("scheduler"), journal, bind))

    def worker(self, endpoint, threads=1, isa="auto", extra=()):
        name = self.name_for("worker")
        arguments = [self.worker_path, "--connect", endpoint, "--threads", threads, "--isa", isa,
                     "--name", name, *extra]
        return self.add(Process(self, name, arguments))

    def vargrid(self, *arguments, timeout_seconds=60, expect=0, environment=None):
        """Runs a command to its end; `expect` is its exit code, None for any."""
        process = self.process("command", [self.vargrid_path, *arguments], environment)
        code = process.wait(min(timeout_seconds, max(1.0, self.seconds_left())))
        if expect is not None:
            check(code == expect, f"vargrid {' '.join(map(str, arguments))}: expected exit code "
                                  f"{expect}, found {code}\n{process.stderr[-2000:]}")
        return process

    def json(self, *arguments, **options):
        return json.loads(self.vargrid(*arguments, "--json", **options).stdout)

    def status(self, scheduler, job):
        return self.json("status", job, "--connect", scheduler.endpoint)

    def generate(self, folder, **options):
        arguments = []
        for key, value in options.items():
            arguments += [f"--{key.replace('_', '-')}", value]
        self.vargrid("generate", "--out", folder, *arguments)
        return folder / "job.toml"


def append_plan(job_file, block_microseconds):
    """Smaller blocks, so that a short job still has many of them."""
    text = job_file.read_text(encoding="utf-8")
    check("[plan]" not in text, f"{job_file} has a plan already")
    job_file.write_text(f"{text}\n[plan]\nblock_microseconds = {block_microseconds}\n",
                        encoding="utf-8")


def arguments_of(description, more=None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", required=True, help="folder with vargrid and vargrid-worker")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the files of the test")
    if more:
        more(parser)
    options = parser.parse_args()
    options.random = random.Random(options.seed)
    return options


def main(body):
    """Runs body() and turns a broken promise into one line and exit code 1."""
    started = time.monotonic()
    try:
        body()
    except Failure as failure:
        say(f"FAILED: {failure}")
        sys.exit(1)
    say(f"passed in {time.monotonic() - started:.1f} s")
