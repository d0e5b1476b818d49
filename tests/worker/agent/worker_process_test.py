"""vargrid-worker as a process: what it is linked with, its exit codes, its answer to signals.

usage: worker_process_test.py VARGRID_WORKER LDD
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

WORKER, LDD = sys.argv[1:]
failures = []


def expect(name, found, wanted):
    print(("ok    " if found == wanted else "FAILED"), name, "" if found == wanted else
          f": expected {wanted!r}, found {found!r}")
    if found != wanted:
        failures.append(name)


def run(*arguments, timeout=20, **environment):
    env = {k: v for k, v in os.environ.items() if not k.startswith("VARGRID_")}
    env.update(environment)
    return subprocess.run([WORKER, *arguments], capture_output=True, text=True, timeout=timeout,
                          env=env, check=False)


def start(*arguments):
    return subprocess.Popen([WORKER, *arguments], stderr=subprocess.PIPE, text=True)


def linkage():
    libraries = subprocess.run([LDD, WORKER], capture_output=True, text=True, check=True).stdout
    for name in ("QuantLib", "sqlite", "httplib", "prometheus"):
        expect(f"is not linked with {name}", name.lower() in libraries.lower(), False)
    expect("is linked with zmq (so the check can fail)", "zmq" in libraries, True)
    expect("no library is missing", "not found" in libraries, False)


def usage():
    expect("without --connect: usage", run().returncode, 2)
    expect("an option it does not know: usage", run("--connect", "tcp://h:1", "--x").returncode, 2)
    expect("a word for a number: usage", run("--connect", "tcp://h:1", "--threads", "x").returncode,
           2)
    expect("no threads: usage", run("--connect", "tcp://h:1", "--threads", "0").returncode, 2)
    expect("an unknown log level: usage",
           run("--connect", "tcp://h:1", "--log-level", "loud").returncode, 2)
    wrong = run("--connect", "nonsense")
    expect("an endpoint that is none: usage", wrong.returncode, 2)
    expect("... in words", "expected tcp://HOST:PORT or file:PATH, found 'nonsense'" in wrong.stderr, True)
    wrong = run("--connect", "tcp://127.0.0.1:1", "--isa", "avx1024")
    expect("an unknown instruction set: usage", wrong.returncode, 2)
    expect("... in words", "--isa" in wrong.stderr and "avx1024" in wrong.stderr, True)
    help_text = run("--help")
    expect("--help", help_text.returncode, 0)
    expect("... with examples", "vargrid-worker --connect tcp://scheduler" in help_text.stdout, True)
    expect("--version", run("--version").returncode, 0)


def unreachable():
    with socket.socket() as taken:  # Bound and never listening: nobody answers there.
        taken.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        gone = run("--connect", endpoint, "--connect-timeout", "0.3", "--cache", "")
        expect("no scheduler: 4", gone.returncode, 4)
        expect("... in words", f"nothing heard from {endpoint}" in gone.stderr, True)
        expect("the environment is heard too",
               run("--connect-timeout", "0.2", "--cache", "", VARGRID_CONNECT=endpoint).returncode, 4)


def signals():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        for name, numbers in {"SIGTERM": [signal.SIGTERM], "SIGINT": [signal.SIGINT],
                              "SIGUSR2": [signal.SIGUSR2],
                              "as Slurm sends them": [signal.SIGCONT, signal.SIGTERM,
                                                      signal.SIGCONT, signal.SIGTERM,
                                                      signal.SIGTERM]}.items():
            worker = start("--connect", endpoint, "--cache", "")
            line = worker.stderr.readline()  # The handlers stand before the first line.
            assert "connecting" in line, line
            for number in numbers:
                worker.send_signal(number)
            expect(f"{name}: 99", worker.wait(timeout=10), 99)
            worker.stderr.close()
        worker = start("--connect", endpoint, "--cache", "")
        worker.stderr.readline()
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.2)
        expect("SIGCONT alone changes nothing", worker.poll(), None)
        worker.kill()
        worker.wait()
        worker.stderr.close()


def time_limit():
    """A worker that knows its end leaves before it, whoever told it."""
    for name, arguments in {"--time-limit": ["--time-limit", "12s"],
                            "an end that is over": ["--time-limit", "2020-01-01T00:00Z"]}.items():
        begin = time.monotonic()
        gone = run("--connect", "tcp://127.0.0.1:1", "--cache", "", *arguments)
        expect(f"{name}: 99", gone.returncode, 99)
        expect("... before the end", time.monotonic() - begin < 12.0, True)
    expect("VARGRID_TIME_LIMIT is heard",
           run("--connect", "tcp://127.0.0.1:1", "--cache", "", VARGRID_TIME_LIMIT="1s").returncode,
           99)
    wrong = run("--connect", "tcp://127.0.0.1:1", "--time-limit", "soon")
    expect("a time that is none: usage", wrong.returncode, 2)
    expect("... in words", "--time-limit" in wrong.stderr and "'soon'" in wrong.stderr, True)


def in_a_slurm_job(folder, squeue, *arguments, patience="0.3", **environment):
    """Runs the worker as a task of job 17, with this script as `squeue` and no other command."""
    if squeue is not None:
        path = os.path.join(folder, "squeue")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + squeue)
        os.chmod(path, 0o755)
    return run("--connect", "tcp://127.0.0.1:1", "--cache", "", "--connect-timeout", patience,
               *arguments, PATH=folder, SLURM_JOB_ID="17", **environment)


def slurm():
    with tempfile.TemporaryDirectory() as folder:
        gone = in_a_slurm_job(folder, None)
        expect("Slurm without its commands is harmless", gone.returncode, 4)
        expect("... and told", "no time limit is known (squeue: No such file" in gone.stderr, True)
        gone = in_a_slurm_job(folder, 'echo "$@" >"$0.asked"; echo 0:01\n', patience="30")
        expect("Slurm's time limit is heeded", gone.returncode, 99)
        expect("... and told", "ends this worker in 1 s (squeue)" in gone.stderr, True)
        with open(os.path.join(folder, "squeue.asked"), encoding="utf-8") as file:
            expect("squeue is asked for this job", file.read(), "-h -j 17 -o %L\n")
        gone = in_a_slurm_job(folder, "echo 0:01\n", "--time-limit", "none")
        expect("--time-limit none asks nobody", gone.returncode, 4)
        in_a_slurm_job(folder, 'echo "$@" >"$0.asked"; echo UNLIMITED\n', SLURM_ARRAY_JOB_ID="15",
                       SLURM_ARRAY_TASK_ID="3")
        with open(os.path.join(folder, "squeue.asked"), encoding="utf-8") as file:
            expect("a task of an array asks for itself", file.read(), "-h -j 15_3 -o %L\n")
        begin = time.monotonic()
        gone = in_a_slurm_job(folder, "exec /bin/sleep 60\n")
        expect("a squeue that hangs is given up", "did not answer" in gone.stderr, True)
        expect("... soon", time.monotonic() - begin < 15, True)
        gone = in_a_slurm_job(folder, "exec /bin/sleep 60\n", patience="30",
                              SLURM_JOB_END_TIME=str(int(time.time()) + 1))
        expect("SLURM_JOB_END_TIME comes first", gone.returncode, 99)


def endpoint_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "endpoint")
        gone = run("--connect", f"file:{path}", "--connect-timeout", "0.3", "--cache", "")
        expect("an endpoint file that never comes: 4", gone.returncode, 4)
        expect("... in words", f"{path}: no scheduler has written" in gone.stderr, True)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
            worker = start("--connect", f"file:{path}", "--cache", "")
            assert "waiting" in worker.stderr.readline()
            worker.send_signal(number)
            expect(f"signal {number} while it waits: 99", worker.wait(timeout=10), 99)
            worker.stderr.close()
        with open(path, "w", encoding="utf-8") as file:
            file.write("tcp://127.0.0.1:1\n")
        gone = run("--connect", f"file:{path}", "--connect-timeout", "0.3", "--cache", "")
        expect("the endpoint is read", "connecting to tcp://127.0.0.1:1" in gone.stderr, True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("nonsense\n")
        gone = run("--connect", f"file:{path}", "--cache", "")
        expect("a file with something else: usage", gone.returncode, 2)
        expect("... in words", "found 'nonsense'" in gone.stderr, True)


def cache_folder():
    with tempfile.TemporaryDirectory() as folder:
        blocked = os.path.join(folder, "file")
        with open(blocked, "w", encoding="utf-8"):
            pass
        gone = run("--connect", "tcp://127.0.0.1:1", "--connect-timeout", "0.2", "--cache", blocked)
        expect("a cache folder that is a file is a warning", "no blob cache" in gone.stderr, True)
        expect("... and no more", gone.returncode, 4)


linkage()
usage()
unreachable()
signals()
time_limit()
slurm()
endpoint_file()
cache_folder()
sys.exit(1 if failures else 0)
