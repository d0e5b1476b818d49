#!/usr/bin/env python3
"""vargrid under Slurm: a scheduler and a requeueable array of workers on a cluster of four hosts made by
the test. Workers are preempted by a higher partition, requeued, outlive the daemon of their host; the
scheduler is moved to another host. Every job must give the digest of a plain run."""

import json
import pathlib
import re
import time

import answer
import grid
import slurm_cluster
from answer import Answer
from grid import Stage, check, check_equal, say
from slurm_cluster import SlurmCluster

TRADES, SCENARIOS, DAYS = 6000, 4500, 5500
BLOCK_MICROSECONDS = 2000
# With the scheduler they fill three hosts of four, so that one may be lost.
WORKERS = 5
UNREACHABLE = 4
TEMPLATES = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "slurm"
# What docs/slurm.md asks of a site.
GOOD_SITE = "SlurmctldParameters=preempt_send_user_signal\nRequeueExit=99"
# A site as Slurm comes.
BARE_SITE = ""


class Slurm:
    def __init__(self, stage, cluster):
        self.stage = stage
        self.cluster = cluster
        self.shared = stage.folder / f"shared-{len(stage.processes)}"
        self.shared.mkdir()
        self.endpoint = f"file:{self.shared}/vargrid-endpoint"
        self.environment = {"VARGRID_BIN": str(stage.build), "VARGRID_BIND": "tcp://127.0.0.1:0",
                            "VARGRID_CACHE": str(stage.folder / "cache")}
        self.clients = []

    def start(self, job_file, reference):
        self.job_file, self.reference = job_file, reference
        self.scheduler = self.sbatch("-p", "steady", TEMPLATES / "scheduler.sbatch")
        self.array = self.sbatch("-p", "spot", f"--array=1-{WORKERS}", "--time=30",
                                 TEMPLATES / "worker.sbatch", "--log-level", "debug")
        self.stage.wait_for("all workers", lambda: len(self.workers()) == WORKERS, 60)
        say(f"  {WORKERS} workers of array {self.array}, scheduler {self.scheduler} at "
            f"{self.address()}")

    def sbatch(self, *words):
        return self.cluster.submit(*words, folder=self.shared, environment=self.environment)

    def address(self):
        return (self.shared / "vargrid-endpoint").read_text(encoding="utf-8").strip()

    def workers(self):
        """Names of the workers the scheduler knows, without those that leave."""
        if not (self.shared / "vargrid-endpoint").exists():
            return []
        asked = self.stage.vargrid("status", "--connect", self.endpoint, "--json", expect=None)
        if asked.popen.returncode == UNREACHABLE:
            return []
        document = json.loads(asked.stdout)
        return [worker["name"] for worker in document["workers"] if worker["state"] != "draining"]

    def log(self, task):
        """What a task of the array said, in all its lives."""
        path = self.shared / f"vargrid-worker-{task}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def work(self):
        """There is a job under way: submits another one if the last has ended."""
        if not self.clients or not self.clients[-1][0].alive():
            out = self.shared / f"out-{len(self.clients)}"
            client = self.stage.process("client", [
                self.stage.vargrid_path, "submit", self.job_file, "--connect", self.endpoint,
                "--out", out, "--wait", "--json"])
            self.clients.append((client, out))

    def wait_working(self, what, condition, timeout_seconds):
        """As wait_for, while jobs keep coming."""
        def kept_busy():
            self.work()
            return condition()
        began = time.monotonic()
        self.stage.wait_for(what, kept_busy, timeout_seconds)
        return time.monotonic() - began

    def in_the_middle(self):
        """Waits until a job has some blocks committed and not all."""
        def under_way():
            asked = self.stage.vargrid("status", "--connect", self.endpoint, "--json", expect=None)
            jobs = json.loads(asked.stdout)["jobs"] if asked.popen.returncode == 0 else []
            return any(0 < job["blocks_committed"] < job["blocks_total"] for job in jobs
                       if job["state"] == "running")
        self.wait_working("a job to be under way", under_way, 120)

    def on_host(self, host):
        return [row[0] for row in self.cluster.jobs()
                if row[2] == host and row[1] == "R" and row[0].startswith(f"{self.array}_")]

    def comes_back(self, task, restarts, timeout_seconds=90):
        """Waits until a task runs in its next life, without Slurm's two minutes of patience."""
        urged = []

        def runs():
            row = self.cluster.job(task)
            check(row, f"{task} left the queue instead of being requeued")
            if row[1] == "PD" and row[3] >= restarts and not urged:
                urged.append(self.cluster.start_now(task))
            return row[1] == "R" and row[3] >= restarts

        return self.wait_working(f"{task} to be restarted", runs, timeout_seconds)

    # ---- What happens to them ---------------------------------------------------------------

    def preempted(self):
        """A job of a higher partition takes a host: the notice comes at once, long before the end."""
        host = self.cluster.job(f"{self.array}_{WORKERS}")[2]
        tasks = self.on_host(host)
        self.in_the_middle()
        self.sbatch("-p", "urgent", "-w", host, "--cpus-per-task=2", "--wrap", "exec sleep 3")
        began = time.monotonic()
        for task in tasks:
            self.wait_working(f"{task} to leave", lambda: "leaving with code 99" in self.log(task), 45)
        left = time.monotonic() - began
        for task in tasks:
            self.comes_back(task, 1)
        say(f"  preempted {', '.join(tasks)} on {host}: gone {left:.1f} s after, then requeued")
        return left

    def requeued(self):
        task = next(row[0] for row in self.cluster.jobs()
                    if row[0].startswith(f"{self.array}_") and row[1] == "R" and row[3] == 0)
        self.in_the_middle()
        self.cluster.command("scontrol", "requeue", task)
        left = self.wait_working(f"{task} to leave",
                                 lambda: "leaving with code 99" in self.log(task), 20)
        self.comes_back(task, 1)
        say(f"  requeued {task}: gone {left:.1f} s after")

    def lost_host(self):
        """kill -9 of a slurmd: its workers hear nothing and go on; Slurm starts them a second time
        somewhere else; when the daemon is back the first copies are killed without a word."""
        scheduler_on = self.cluster.job(self.scheduler)[2]
        host = next(name for name in self.cluster.names
                    if name != scheduler_on and self.on_host(name))
        tasks = {task: self.cluster.job(task)[3] for task in self.on_host(host)}
        self.in_the_middle()
        self.cluster.kill(host)
        began = time.monotonic()
        for task, restarts in tasks.items():
            self.comes_back(task, restarts + 1, 120)
        twice = {f"{host}:slurm-{task}" for task in tasks}
        again = {f"{self.cluster.job(task)[2]}:slurm-{task}" for task in tasks}
        self.wait_working("both copies of each worker",
                          lambda: twice | again <= set(self.workers()), 30)
        seconds = time.monotonic() - began
        self.cluster.start_slurmd(host)
        gone = self.wait_working("the first copies to be killed",
                                 lambda: not twice & set(self.workers()), 60)
        say(f"  slurmd of {host} killed: {', '.join(tasks)} started again after {seconds:.0f} s while "
            f"the first copies went on; those were gone {gone:.0f} s after the daemon came back")

    def moved_scheduler(self):
        """A requeue takes the scheduler to another host, with its journal and another port."""
        host, before = self.cluster.job(self.scheduler)[2], self.address()
        self.in_the_middle()
        self.cluster.command("scontrol", "update", f"NodeName={host}", "State=DRAIN", "Reason=test")
        began = time.monotonic()
        self.cluster.command("scontrol", "requeue", self.scheduler)
        self.comes_back(self.scheduler, 1)
        after = self.cluster.job(self.scheduler)[2]
        check(after != host, f"the scheduler is on {host} again")
        self.wait_working("a new endpoint", lambda: self.address() != before, 30)
        known = self.wait_working("its workers to find it", self.workers, 60)
        self.cluster.command("scontrol", "update", f"NodeName={host}", "State=RESUME", expect=None)
        log = (self.shared / f"vargrid-scheduler-{self.scheduler}.log").read_text(encoding="utf-8")
        check("(epoch 2," in log, "the scheduler did not go on from its journal")
        say(f"  scheduler moved from {host} to {after}: {before} to {self.address()}, serving "
            f"{time.monotonic() - began - known:.0f} s after, workers there {known:.0f} s later")

    def time_is_known(self):
        """Slurm's limit of 30 minutes reached the workers."""
        found = re.search(r"ends this worker in (\d+) s \(squeue\)", self.log(f"{self.array}_1"))
        check(found, f"no time limit was found: {self.log(f'{self.array}_1')[:500]}")
        check(1700 < int(found.group(1)) <= 1800, f"{found.group(0)}, expected about 1800 s")
        say(f"  {found.group(0)}")

    def without_requeue_exit(self):
        """On a site without RequeueExit the template queues its task again."""
        task = f"{self.array}_2"
        self.in_the_middle()
        self.cluster.command("scancel", "--signal=TERM", "--batch", task)  # A drain, not an end.
        left = self.wait_working(f"{task} to leave",
                                 lambda: "leaving with code 99" in self.log(task), 30)
        self.comes_back(task, 1)
        say(f"  {task} told to leave: gone {left:.1f} s after, queued itself again")

    def finish(self):
        for client, out in self.clients:
            check_equal(client.wait(180), 0, f"exit code of a client: {client.stderr[-500:]}")
            Answer(self.stage, out).must_equal(self.reference, f"of {out.name}")
        statuses = self.stage.json("status", "--connect", self.endpoint)["jobs"]
        check_equal({status["state"] for status in statuses}, {"completed"}, "states of the jobs")
        self.cluster.command("scancel", self.array, self.scheduler)
        self.stage.wait_for("the queue to be empty", lambda: not self.cluster.jobs(), 60)
        totals, journal = {}, self.shared / "vargrid-journal"
        for status in statuses:
            answer.check_committed_once(self.stage, journal, status["job"], status)
            ledger = answer.check_ledger(self.stage, journal, status["job"], status)
            totals = {name: totals.get(name, 0) + value for name, value in ledger.items()}
        answer.print_ledger(f"{len(statuses)} jobs, every digest equal", totals)
        for number in range(1, WORKERS + 1):
            last = self.log(f"{self.array}_{number}").strip().splitlines()[-1]
            check("leaving with code" in last or "CANCELLED" in last, f"last word of a worker: {last}")


def main():
    options = grid.arguments_of(__doc__)
    reason = slurm_cluster.install()
    if reason:
        say(f"!!! SKIPPED: {reason}")
        raise SystemExit(grid.SKIPPED)
    with Stage("slurm", options.build, 840, options.keep) as stage:
        job_file = stage.generate(stage.folder / "sample", seed=7, trades=TRADES, days=DAYS,
                                  scenarios=SCENARIOS)
        grid.append_plan(job_file, BLOCK_MICROSECONDS)
        stage.vargrid("run", job_file, "--out", stage.folder / "plain", timeout_seconds=300)
        reference = Answer(stage, stage.folder / "plain")
        say(f"plain run: digest {reference.digest}")
        say("a site with preempt_send_user_signal and RequeueExit=99")
        with SlurmCluster(GOOD_SITE) as cluster:
            test = Slurm(stage, cluster)
            test.start(job_file, reference)
            test.time_is_known()
            left = test.preempted()
            check(left < 14, f"the notice came only at the end of the grace, after {left:.1f} s")
            test.requeued()
            test.lost_host()
            test.moved_scheduler()
            test.finish()
        say("a site as Slurm comes")
        with SlurmCluster(BARE_SITE) as cluster:
            test = Slurm(stage, cluster)
            test.start(job_file, reference)
            test.without_requeue_exit()
            left = test.preempted()
            say(f"  without preempt_send_user_signal the notice came {left:.1f} s after, when the "
                "grace was over")
            test.finish()


if __name__ == "__main__":
    grid.main(main)
