#!/usr/bin/env python3
"""One answer: the same job with any number of workers and threads, any instruction set, workers that
are killed, drained, stopped past their lease or cut off, and a scheduler that dies. Every run must give
the same digest, the same P&L to the last bit, and every block exactly one commit.

--storm SECONDS: instead, one long storm of everything at once (label `slow`)."""

import signal
import time

import answer
import grid
from answer import Answer
from cable import Cable
from grid import Failure, Stage, check, check_equal, say

# Enough work that a run lasts seconds on two workers, and enough blocks that a kill at any moment
# meets some pending, some leased and some committed.
TRADES, SCENARIOS, DAYS = 20000, 2000, 2300
BLOCK_MICROSECONDS = 2000
RECLAIMED = 99


class OneAnswer:
    def __init__(self, stage, options):
        self.stage = stage
        self.random = options.random
        self.reference = None

    def make_job(self, trades=TRADES, scenarios=SCENARIOS, days=DAYS):
        self.job_file = self.stage.generate(self.stage.folder / "sample", seed=7, trades=trades,
                                            days=days, scenarios=scenarios)
        grid.append_plan(self.job_file, BLOCK_MICROSECONDS)

    def compare(self, folder, what):
        found = Answer(self.stage, folder)
        if self.reference is None:
            self.reference = found
            say(f"  {what}: digest {found.digest}, {found.report['cells']:,} cells, "
                f"{found.report['blocks_expected']} blocks")
        else:
            found.must_equal(self.reference, f"of {what}")
            say(f"  {what}: equal")

    # ---- Without faults: `vargrid run` ------------------------------------------------------

    def any_shape(self):
        say("any number of workers and threads, any instruction set")
        wide = "avx512" if grid.cpu_has_avx512() else "avx2"
        if wide == "avx2":
            say("  !!! SKIPPED: avx512, this CPU lacks it; only avx2 is compared with itself")
        for workers, threads, isa in ((1, 1, "avx2"), (1, 2, wide), (2, 1, wide), (2, 2, "avx2"),
                                      (5, 1, "avx2"), (5, 2, wide)):
            out = self.stage.folder / f"run-{workers}-{threads}-{isa}"
            begin = time.monotonic()
            self.stage.vargrid("run", self.job_file, "--workers", workers, "--threads", threads,
                               "--isa", isa, "--out", out, timeout_seconds=120)
            self.compare(out, f"{workers} workers x {threads} threads, {isa} "
                              f"({time.monotonic() - begin:.1f} s)")

    # ---- With faults: processes by hand -----------------------------------------------------

    def start_grid(self, name, workers):
        self.what = name
        self.journal = self.stage.folder / f"journal-{len(self.stage.processes)}"
        self.scheduler = self.stage.scheduler(self.journal)
        self.workers = [self.stage.worker(self.scheduler.endpoint) for _ in range(workers)]
        self.jobs = []

    def submit(self):
        """The job once more, with a client that waits for its end as a person's would."""
        out = self.stage.folder / f"out-{len(self.stage.processes)}"
        client = self.stage.process("client", [
            self.stage.vargrid_path, "submit", self.job_file, "--connect", self.scheduler.endpoint,
            "--out", out, "--wait", "--json"])

        def accepted():
            check(client.alive(), f"the client ended early: {client.stderr[-2000:]}")
            jobs = self.stage.json("status", "--connect", self.scheduler.endpoint)["jobs"]
            return [job for job in jobs if job["output_folder"] == str(out)]

        job = self.stage.wait_for("the job to be accepted", accepted, 60)[0]["job"]
        self.jobs.append((client, job, out))

    def status(self):
        """Of the latest job."""
        return self.stage.status(self.scheduler, self.jobs[-1][1])

    def in_the_middle(self, share):
        """Status of a job with so much committed that has not ended. Where the machine is so fast that
        the last one is through already, there is another one."""
        for _ in range(30):
            if not self.jobs or self.status()["state"] in answer.ENDED:
                self.submit()

            def reached():
                status = self.status()
                enough = status["blocks_committed"] >= share * status["blocks_total"]
                return status if enough or status["state"] in answer.ENDED else None

            status = self.stage.wait_for(f"{share:.0%} of the blocks", reached, 90)
            if status["state"] not in answer.ENDED:
                return status
        raise Failure("thirty jobs ended before anything could happen to them: make them longer")

    def finish(self):
        """The end of a grid under faults: answers, journal, ledgers. Gives the ledgers added up."""
        statuses = []
        for client, job, out in self.jobs:
            check_equal(client.wait(120), 0, f"exit code of the waiting client ({self.what})")
            statuses.append(self.stage.status(self.scheduler, job))
            check_equal(statuses[-1]["state"], "completed", f"state of the job ({self.what})")
            self.compare(out, f"{self.what}, job {job}")
        self.scheduler.signal(signal.SIGTERM)
        check_equal(self.scheduler.wait(20), 0, "exit code of the scheduler after SIGTERM")
        total = {}
        for status in statuses:
            answer.check_committed_once(self.stage, self.journal, status["job"], status)
            ledger = answer.check_ledger(self.stage, self.journal, status["job"], status)
            total = {name: total.get(name, 0) + value for name, value in ledger.items()}
        answer.print_ledger(f"{self.what}, {len(self.jobs)} jobs", total)
        return total

    def stop_workers(self):
        """They have outlived their scheduler. Nobody is there to answer: a drain must end within its
        grace all the same."""
        for worker in self.workers:
            check(worker.alive(), f"{worker.name} ended by itself: exit {worker.popen.returncode}")
            worker.signal(signal.SIGTERM)
        for worker in self.workers:
            check_equal(worker.wait(40), RECLAIMED, f"exit code of {worker.name} after SIGTERM")

    def killed_workers(self):
        """kill -9, SIGTERM and SIGTERM twice at random moments; a fresh worker follows each."""
        say("workers killed with kill -9 and SIGTERM at random moments")
        self.start_grid("killed workers", 3)
        plan = ["kill", "term", "term twice", "kill", "term"]
        self.random.shuffle(plan)
        for at, what in enumerate(plan):
            status = self.in_the_middle(0.12 * at + self.random.uniform(0.01, 0.10))
            victim = self.workers.pop(self.random.randrange(len(self.workers)))
            if what == "kill":
                victim.kill()
                check_equal(victim.popen.returncode, -signal.SIGKILL, "exit code after kill -9")
            else:
                victim.signal(signal.SIGTERM)
                if what == "term twice":
                    victim.signal(signal.SIGTERM)
                check_equal(victim.wait(40), RECLAIMED, f"exit code of {victim.name} ({what})")
            say(f"  {what} {victim.name} with {status['blocks_committed']} of "
                f"{status['blocks_total']} blocks committed")
            self.workers.append(self.stage.worker(self.scheduler.endpoint))
        self.finish()
        self.stop_workers()

    def stopped_worker(self):
        """SIGSTOP past the lease, then SIGCONT: its blocks went to another, it may not commit."""
        say("a worker stopped past its lease and resumed")
        self.start_grid("a stopped worker", 1)
        self.in_the_middle(0.03)
        zombie = self.workers[0]
        zombie.signal(signal.SIGSTOP)
        self.stage.wait_for("its leases to be lost",
                            lambda: self.status()["ledger"]["leases_lost"], 20)
        committed = self.status()["blocks_committed"]
        self.workers.append(self.stage.worker(self.scheduler.endpoint))
        self.stage.wait_for("another worker to commit",
                            lambda: self.status()["blocks_committed"] > committed, 60)
        zombie.signal(signal.SIGCONT)
        ledger = self.finish()
        check(ledger["leases_lost"] >= 1, "no lease was lost")
        check(ledger["blocks_repeated"] >= 1, "no block was repeated")
        self.stop_workers()

    def cut_worker(self):
        """The same for certain: the worker finishes and offers a shard while it is cut off, and what it
        says arrives when its lease is over. The commit must be refused and the shard deleted."""
        say("a worker cut off until its lease is over, with a finished shard in its hands")
        self.start_grid("a worker cut off", 0)
        cable = Cable(self.scheduler.endpoint)
        self.workers.append(self.stage.worker(cable.endpoint))
        self.in_the_middle(0.02)
        cable.cut()
        shards = self.jobs[-1][2] / "shards"
        before = set(shards.iterdir())
        written = self.stage.wait_for("a shard that nobody hears of", lambda: {
            path for path in shards.iterdir() if not path.name.startswith(".")} - before, 30)
        self.stage.wait_for("its leases to be lost",
                            lambda: self.status()["ledger"]["leases_lost"], 20)
        cable.mend()
        self.stage.wait_for("its commit to be refused",
                            lambda: self.status()["ledger"]["commits_refused"], 30)
        self.stage.wait_for("the refused shard to be deleted", lambda: any(
            not path.exists() for path in written), 30)
        self.workers.append(self.stage.worker(self.scheduler.endpoint))
        ledger = self.finish()
        cable.close()
        self.stop_workers()
        check(ledger["lost_to_reclaim_core_seconds"] > 0, "nothing was booked as lost")

    def killed_scheduler(self):
        """kill -9 of the scheduler, three times; workers and the waiting client live on."""
        say("the scheduler killed with kill -9 and started again")
        self.start_grid("a killed scheduler", 2)
        for _ in range(3):
            before = self.in_the_middle(self.random.uniform(0.02, 0.6))
            client, job, _ = self.jobs[-1]
            self.scheduler.kill()
            kept = answer.committed_blocks(self.stage, self.journal, job)
            check(kept >= before["blocks_committed"], "acknowledged blocks are not in the journal")
            begin = time.monotonic()
            epoch = self.scheduler.epoch
            self.scheduler = self.stage.scheduler(self.journal, bind=self.scheduler.endpoint)
            status = self.status()
            seconds = time.monotonic() - begin
            check_equal(self.scheduler.epoch, epoch + 1, "epoch after a restart")
            check(status["blocks_committed"] >= min(kept, status["blocks_total"]),
                  "a committed block was forgotten")
            check(seconds < 5, f"serving again only after {seconds:.1f} s")
            for worker in self.workers:
                check(worker.alive(), f"{worker.name} died with the scheduler")
            check(client.popen.poll() in (None, 0), f"the client gave up: {client.stderr[-500:]}")
            say(f"  killed with {kept} of {status['blocks_total']} blocks committed, serving again "
                f"after {seconds:.2f} s in epoch {self.scheduler.epoch}")
        self.finish()
        self.stop_workers()

    # ---- Everything at once -----------------------------------------------------------------

    def storm(self, seconds):
        """Job after job while workers and the scheduler are killed at random, until time is over."""
        say(f"storm of {seconds} s")
        self.start_grid("the storm", 4)
        self.stopped = []
        counts = {}
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.submit()
            while self.jobs[-1][0].alive():
                time.sleep(self.random.uniform(0.1, 1.0))  # The storm itself; nothing waits on it.
                struck = self.strike()
                counts[struck] = counts.get(struck, 0) + 1
        say(f"  {counts}")
        self.finish()

    def strike(self):
        """One thing that happens to a grid; gives what it was."""
        what = self.random.choices(["kill", "term", "stop", "continue", "scheduler"],
                                   [5, 5, 3, 4, 1])[0]
        if what in ("kill", "term", "stop"):
            victim = self.workers.pop(self.random.randrange(len(self.workers)))
            victim.signal({"kill": signal.SIGKILL, "term": signal.SIGTERM,
                           "stop": signal.SIGSTOP}[what])
            if what == "stop":
                self.stopped.append(victim)
            elif what == "term":
                check_equal(victim.wait(40), RECLAIMED, f"exit code of {victim.name}")
        elif what == "continue":
            if not self.stopped:
                return "nothing"
            victim = self.stopped.pop(0)
            victim.signal(signal.SIGCONT)
            self.workers.append(victim)
        else:
            self.scheduler.kill()
            self.scheduler = self.stage.scheduler(self.journal, bind=self.scheduler.endpoint)
        for worker in self.workers:
            check(worker.alive(), f"{worker.name} ended by itself: exit {worker.popen.returncode}")
        while len(self.workers) < 4:
            self.workers.append(self.stage.worker(self.scheduler.endpoint))
        return what


def main():
    options = grid.arguments_of(__doc__, lambda parser: parser.add_argument(
        "--storm", type=int, default=0, metavar="SECONDS"))
    say(f"seed {options.seed}")
    with Stage("one_answer", options.build, 1500 if options.storm else 420, options.keep) as stage:
        test = OneAnswer(stage, options)
        if options.storm:
            test.make_job()
            out = stage.folder / "reference"
            stage.vargrid("run", test.job_file, "--out", out, timeout_seconds=600)
            test.compare(out, "the reference")
            test.storm(options.storm)
            return
        test.make_job()
        test.any_shape()
        test.killed_workers()
        test.stopped_worker()
        test.cut_worker()
        test.killed_scheduler()


if __name__ == "__main__":
    grid.main(main)
