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
from grid import Stage, check, check_equal, say

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

    def submit(self, scheduler, out):
        """A client that waits for the end, as a person's would."""
        client = self.stage.process("client", [
            self.stage.vargrid_path, "submit", self.job_file, "--connect", scheduler.endpoint,
            "--out", out, "--wait", "--json"])

        def accepted():
            check(client.alive(), f"the client ended early: {client.stderr[-2000:]}")
            jobs = self.stage.json("status", "--connect", scheduler.endpoint)["jobs"]
            return [job for job in jobs if job["output_folder"] == str(out)]

        job = self.stage.wait_for("the job to be accepted", accepted, 60)[0]["job"]
        return client, job

    def running(self, scheduler, job):
        """Status of a job that must not have ended yet."""
        status = self.stage.status(scheduler, job)
        check(status["state"] not in answer.ENDED,
              f"the job ended ({status['state']}) before the faults were through: make it longer")
        return status

    def wait_committed(self, scheduler, job, share):
        def reached():
            status = self.running(scheduler, job)
            return status if status["blocks_committed"] >= share * status["blocks_total"] else None

        return self.stage.wait_for(f"{share:.0%} of the blocks", reached, 90)

    def finish(self, what, scheduler, client, job, out):
        """The end of a run under faults: the answer, the journal, the ledger."""
        check_equal(client.wait(120), 0, f"exit code of the waiting client ({what})")
        status = self.stage.status(scheduler, job)
        check_equal(status["state"], "completed", f"state of the job ({what})")
        scheduler.signal(signal.SIGTERM)
        check_equal(scheduler.wait(20), 0, "exit code of the scheduler after SIGTERM")
        self.compare(out, what)
        answer.check_committed_once(scheduler.journal, job, status)
        ledger = answer.check_ledger(scheduler.journal, job, status)
        answer.print_ledger(what, ledger)
        return ledger

    def place(self, name):
        return self.stage.folder / f"{name}-journal", self.stage.folder / f"{name}-out"

    def stop_workers(self, workers):
        """Idle workers leave at once on SIGTERM, as reclaimed."""
        for worker in workers:
            worker.signal(signal.SIGTERM)
        for worker in workers:
            check_equal(worker.wait(30), RECLAIMED, f"exit code of {worker.name} after SIGTERM")

    def killed_workers(self):
        """kill -9, SIGTERM and SIGTERM twice at random moments; a fresh worker follows each."""
        say("workers killed with kill -9 and SIGTERM at random moments")
        journal, out = self.place("killed")
        scheduler = self.stage.scheduler(journal)
        workers = [self.stage.worker(scheduler.endpoint) for _ in range(3)]
        client, job = self.submit(scheduler, out)
        plan = ["kill", "term", "term twice", "kill", "term"]
        self.random.shuffle(plan)
        for at, what in enumerate(plan):
            share = 0.12 * at + self.random.uniform(0.01, 0.10)
            self.wait_committed(scheduler, job, share)
            victim = workers.pop(self.random.randrange(len(workers)))
            if what == "kill":
                victim.kill()
                check_equal(victim.popen.returncode, -signal.SIGKILL, "exit code after kill -9")
            else:
                victim.signal(signal.SIGTERM)
                if what == "term twice":
                    victim.signal(signal.SIGTERM)
                check_equal(victim.wait(30), RECLAIMED, f"exit code of {victim.name} ({what})")
            say(f"  {what} {victim.name} at {share:.0%}")
            workers.append(self.stage.worker(scheduler.endpoint))
        self.stop_workers_after(scheduler, client, job, out, workers, "killed workers")

    def stop_workers_after(self, scheduler, client, job, out, workers, what):
        ledger = self.finish(what, scheduler, client, job, out)
        for worker in workers:
            check(worker.alive(), f"{worker.name} died with its scheduler")
        # Nobody is there to answer: a drain must end within its grace all the same.
        self.stop_workers(workers)
        return ledger

    def stopped_worker(self):
        """SIGSTOP past the lease, then SIGCONT: its blocks went to another, it may not commit."""
        say("a worker stopped past its lease and resumed")
        journal, out = self.place("stopped")
        scheduler = self.stage.scheduler(journal)
        zombie = self.stage.worker(scheduler.endpoint)
        client, job = self.submit(scheduler, out)
        self.wait_committed(scheduler, job, 0.03)
        zombie.signal(signal.SIGSTOP)
        self.stage.wait_for("its leases to be lost",
                            lambda: self.running(scheduler, job)["ledger"]["leases_lost"], 20)
        other = self.stage.worker(scheduler.endpoint)
        committed = self.running(scheduler, job)["blocks_committed"]
        self.stage.wait_for("another worker to commit", lambda: self.running(
            scheduler, job)["blocks_committed"] > committed, 60)
        zombie.signal(signal.SIGCONT)
        ledger = self.stop_workers_after(scheduler, client, job, out, [zombie, other],
                                         "a stopped worker")
        check(ledger["leases_lost"] >= 1, "no lease was lost")
        check(ledger["blocks_repeated"] >= 1, "no block was repeated")

    def cut_worker(self):
        """The same for certain: the worker finishes and offers a shard while it is cut off, and what it
        says arrives when its lease is over. The commit must be refused and the shard deleted."""
        say("a worker cut off until its lease is over, with a finished shard in its hands")
        journal, out = self.place("cut")
        scheduler = self.stage.scheduler(journal)
        cable = Cable(scheduler.endpoint)
        zombie = self.stage.worker(cable.endpoint)
        client, job = self.submit(scheduler, out)
        self.wait_committed(scheduler, job, 0.02)
        cable.cut()
        shards = out / "shards"
        before = set(shards.iterdir())
        written = self.stage.wait_for("a shard that nobody hears of", lambda: {
            path for path in shards.iterdir() if not path.name.startswith(".")} - before, 30)
        self.stage.wait_for("its leases to be lost",
                            lambda: self.running(scheduler, job)["ledger"]["leases_lost"], 20)
        cable.mend()
        self.stage.wait_for("its commit to be refused",
                            lambda: self.running(scheduler, job)["ledger"]["commits_refused"], 30)
        self.stage.wait_for("the refused shard to be deleted", lambda: any(
            not path.exists() for path in written), 30)
        other = self.stage.worker(scheduler.endpoint)
        ledger = self.finish("a worker cut off", scheduler, client, job, out)
        cable.close()
        self.stop_workers([zombie, other])
        check(ledger["thrown_away_core_seconds"] > 0, "nothing was booked as thrown away")

    def killed_scheduler(self):
        """kill -9 of the scheduler, twice; workers and the waiting client live on."""
        say("the scheduler killed with kill -9 and started again")
        journal, out = self.place("scheduler")
        scheduler = self.stage.scheduler(journal)
        workers = [self.stage.worker(scheduler.endpoint) for _ in range(2)]
        client, job = self.submit(scheduler, out)
        for share in (self.random.uniform(0.05, 0.2), self.random.uniform(0.3, 0.5)):
            before = self.wait_committed(scheduler, job, share)["blocks_committed"]
            scheduler.kill()
            kept = answer.committed_blocks(journal, job)
            check(kept >= before, f"{before - kept} acknowledged blocks are not in the journal")
            begin = time.monotonic()
            epoch = scheduler.epoch
            scheduler = self.stage.scheduler(journal, bind=scheduler.endpoint)
            status = self.running(scheduler, job)
            seconds = time.monotonic() - begin
            check_equal(scheduler.epoch, epoch + 1, "epoch after a restart")
            check(status["blocks_committed"] >= kept, "a committed block was forgotten")
            check(seconds < 5, f"serving again only after {seconds:.1f} s")
            for worker in workers:
                check(worker.alive(), f"{worker.name} died with the scheduler")
            check(client.alive(), f"the client died with the scheduler: {client.stderr[-500:]}")
            say(f"  killed with {kept} of {status['blocks_total']} blocks committed, serving again "
                f"after {seconds:.2f} s in epoch {scheduler.epoch}")
        self.stop_workers_after(scheduler, client, job, out, workers, "a killed scheduler")

    # ---- Everything at once -----------------------------------------------------------------

    def storm(self, seconds):
        """Job after job while workers and the scheduler are killed at random, until time is over."""
        say(f"storm of {seconds} s")
        journal, _ = self.place("storm")
        self.grid = self.stage.scheduler(journal)
        self.workers = [self.stage.worker(self.grid.endpoint) for _ in range(4)]
        self.stopped = []
        self.counts = {}
        until = time.monotonic() + seconds
        jobs = []
        while time.monotonic() < until:
            out = self.stage.folder / f"storm-out-{len(jobs) + 1}"
            client, job = self.submit(self.grid, out)
            while client.alive():
                time.sleep(self.random.uniform(0.1, 1.0))  # The storm itself; nothing waits on it.
                self.strike(journal)
            check_equal(client.wait(1), 0, f"exit code of the client of job {job}")
            self.compare(out, f"job {job} of the storm")
            jobs.append(job)
        say(f"  {self.counts}")
        statuses = {job: self.stage.status(self.grid, job) for job in jobs}
        self.grid.signal(signal.SIGTERM)
        check_equal(self.grid.wait(20), 0, "exit code of the scheduler after SIGTERM")
        for job, status in statuses.items():
            answer.check_committed_once(journal, job, status)
            answer.print_ledger(f"job {job}", answer.check_ledger(journal, job, status))

    def strike(self, journal):
        """One thing that happens to a grid."""
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
        elif what == "continue" and self.stopped:
            victim = self.stopped.pop(0)
            victim.signal(signal.SIGCONT)
            self.workers.append(victim)
        elif what == "scheduler":
            self.grid.kill()
            self.grid = self.stage.scheduler(journal, bind=self.grid.endpoint)
        else:
            return
        self.counts[what] = self.counts.get(what, 0) + 1
        for worker in self.workers:
            check(worker.alive(), f"{worker.name} ended by itself: exit {worker.popen.returncode}")
        while len(self.workers) < 4:
            self.workers.append(self.stage.worker(self.grid.endpoint))


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
