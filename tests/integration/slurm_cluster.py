"""A Slurm cluster of its own on loopback: munged, slurmctld and four slurmd under one folder, as root,
without systemd. Needs Debian's packages munge, slurmctld, slurmd, slurm-client; see install()."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from grid import Failure, check, say

PACKAGES = ["munge", "slurmctld", "slurmd", "slurm-client"]
NODES = 4
# Two tiers: whatever waits in `urgent` takes its place from `spot`; `steady` is left alone.
PARTITIONS = """
PartitionName=spot Nodes=ALL Default=YES MaxTime=60 PriorityTier=1 PreemptMode=REQUEUE GraceTime=15
PartitionName=urgent Nodes=ALL MaxTime=60 PriorityTier=10 PreemptMode=OFF
PartitionName=steady Nodes=ALL MaxTime=60 PriorityTier=20 PreemptMode=OFF
"""


def install():
    """Installs what is missing. The reason why there is no Slurm here, or None."""
    if all(shutil.which(name) for name in ("munged", "slurmctld", "slurmd", "sbatch")):
        return None if os.geteuid() == 0 else "slurmd needs root"
    if os.geteuid() != 0:
        return "Slurm is not installed and this is not root"
    if not shutil.which("apt-get"):
        return "Slurm is not installed and there is no apt-get"
    say(f"installing {' '.join(PACKAGES)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["apt-get", "update", "-qq"],
                    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"{' '.join(command[:2])} failed: {done.stderr.strip()[-300:]}"
    return None


def free_ports(count):
    """Ports nobody has now. Held together while they are chosen, so that all differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class SlurmCluster:
    """`settings` are lines of slurm.conf beside the necessary ones."""

    def __init__(self, settings=""):
        # munged insists on a path that everybody may walk, which a test's own folder is not.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vargrid-slurm-"))
        self.folder.chmod(0o711)
        self.conf = self.folder / "slurm.conf"
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(("SLURM", "VARGRID_"))}
        self.environment["SLURM_CONF"] = str(self.conf)
        self.names = [f"n{number}" for number in range(1, NODES + 1)]
        for part in ("state", "log", "run", *(f"spool/{name}" for name in self.names)):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self._write(settings)

    def _write(self, settings):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        host = socket.gethostname().split(".")[0]
        controller, *ports = free_ports(1 + NODES)
        nodes = "\n".join(
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=2 "
            "RealMemory=1000 State=UNKNOWN" for name, port in zip(self.names, ports))
        self.conf.write_text(f"""ClusterName=vargrid{os.getpid()}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge.sock
CredType=cred/munge
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool/%n
SlurmctldPidFile={self.folder}/run/slurmctld.pid
SlurmdPidFile={self.folder}/run/slurmd.%n.pid
SlurmctldLogFile={self.folder}/log/slurmctld.log
SlurmdLogFile={self.folder}/log/slurmd.%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2,sched_min_interval=100000
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=15
KillWait=10
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
{settings}
{nodes}
{PARTITIONS}
""", encoding="utf-8")

    def __enter__(self):
        run = self.folder / "run"
        try:
            self.command("munged", f"--key-file={self.folder}/munge.key",
                         f"--socket={self.folder}/munge.sock", f"--pid-file={run}/munged.pid",
                         f"--log-file={self.folder}/log/munged.log",
                         f"--seed-file={self.folder}/munge.seed", "--num-threads=2")
            self.command("slurmctld", "-f", self.conf, "-c")
            for name in self.names:
                self.start_slurmd(name)
            self.wait_for("the hosts to be idle", lambda: self.command(
                "sinfo", "-h", "-p", "spot", "-t", "idle", "-o", "%D", expect=None) == str(NODES), 30)
        except Failure:
            self.__exit__(Failure)
            raise
        return self

    def __exit__(self, kind, *_):
        """Jobs first, while the controller lives: steps that end without one hang in retries."""
        self.command("scancel", "-u", "root", expect=None)
        with contextlib.suppress(Failure):
            self.wait_for("the queue to be empty",
                          lambda: not self.command("squeue", "-h", expect=None), 30)
        for file in sorted((self.folder / "run").glob("*.pid"), reverse=True):
            self.kill(file.stem.removeprefix("slurmd."), signal.SIGTERM)
        time.sleep(0.5)
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if kind is not None:
            say(f"files of Slurm: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self):
        """Pids of every daemon, step and job of this cluster, also of jobs that Slurm lost sight of: by
        its folder in their command line or environment."""
        found = []
        mark = str(self.folder).encode()
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                if (mark in (folder / "cmdline").read_bytes() or
                        mark in (folder / "environ").read_bytes()):
                    found.append(int(folder.name))
        return found

    def command(self, *words, expect=0, folder=None, environment=None):
        """stdout of a Slurm command, stripped."""
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                              env={**self.environment, **(environment or {})},
                              cwd=folder or self.folder, timeout=60, check=False)
        if expect is not None:
            check(done.returncode == expect, f"{' '.join(map(str, words))}: exit code "
                                             f"{done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout.strip()

    @staticmethod
    def wait_for(what, condition, timeout_seconds):
        until = time.monotonic() + timeout_seconds
        while not (found := condition()):
            if time.monotonic() >= until:
                raise Failure(f"waited {timeout_seconds} s in vain for {what}")
            time.sleep(0.2)
        return found

    def start_slurmd(self, name):
        self.command("slurmd", "-f", self.conf, "-N", name)

    def pid_of(self, daemon):
        """"slurmctld", "munged" or the name of a host."""
        name = f"slurmd.{daemon}" if daemon in self.names else daemon
        return int((self.folder / "run" / f"{name}.pid").read_text(encoding="utf-8"))

    def kill(self, daemon, number=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError, ValueError):
            os.kill(self.pid_of(daemon), number)

    # ---- Jobs -------------------------------------------------------------------------------

    def submit(self, *words, folder=None, environment=None):
        """The id of the job."""
        return self.command("sbatch", "--parsable", *words, folder=folder, environment=environment)

    def jobs(self):
        """(task, state, host, restarts) of everything in the queue; `17_2` for a task of an array."""
        lines = self.command("squeue", "-h", "-r", "-O",
                             "JobArrayID:30,StateCompact:10,NodeList:20,RestartCnt:10",
                             expect=None).splitlines()
        return [self._row(line) for line in lines if line.strip()]

    @staticmethod
    def _row(line):
        task, state, host, restarts = (line[at:end].strip() for at, end in
                                       ((0, 30), (30, 40), (40, 60), (60, 70)))
        return task, state, host, int(restarts or 0)

    def job(self, task):
        """Its row, or None when it has left the queue."""
        return next((row for row in self.jobs() if row[0] == task), None)

    def shown(self, task, key):
        found = re.search(rf"\b{key}=(\S+)", self.command("scontrol", "-o", "show", "job", task))
        return found.group(1) if found else None

    def start_now(self, task):
        """A job that was requeued is held back for two minutes; a test need not wait for that."""
        self.command("scontrol", "update", f"JobId={task}", "StartTime=now", expect=None)
