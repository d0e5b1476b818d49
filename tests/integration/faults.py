#!/usr/bin/env python3
"""Twenty workers under one fault after the other: killed, stopped, told to leave, cut off in one
direction, the scheduler and half of them killed at once. Every job must give the digest of an undisturbed
run; what was repeated is read from the ledger. --table FILE writes the figures of docs/faults.md. At last
seven identical jobs in a row.

--long: each fault several times, and the seven identical jobs longer (label `slow`)."""

import pathlib
import signal
import statistics
import time

import grid
import namespace
from grid import Failure, Stage, check, check_equal, say
from one_answer import RECLAIMED, OneAnswer

WORKERS = 20
# Some seconds of two cores, so that a fault finds every worker at work.
TRADES, SCENARIOS, DAYS = 16000, 6000, 7200
# After this a silent worker is given up (CoreConfig::worker_silence_max); the rest is for a machine on
# which 20 workers share two cores.
SILENCE_SECONDS = 5
DETECTED_MAX = SILENCE_SECONDS + 4


def rss_bytes(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


class Faults(OneAnswer):
    def __init__(self, stage, options):
        super().__init__(stage, options)
        self.rounds = 3 if options.long else 1
        self.rows = []

    # ---- A fleet ----------------------------------------------------------------------------

    def start_fleet(self, name, count=WORKERS, bind="tcp://127.0.0.1:0"):
        say(name)
        self.what = name
        self.journal = self.stage.folder / f"journal-{len(self.stage.processes)}"
        self.scheduler = self.stage.scheduler(self.journal, bind=bind)
        self.workers, self.jobs = [], []
        self.join(count)

    def join(self, count, prefix=(), environment=None):
        """So many more workers, each from a host of its own as far as the scheduler can tell."""
        joined = []
        for _ in range(count):
            name = self.stage.name_for("worker")
            joined.append(self.stage.add(grid.Process(self.stage, name, [
                *prefix, self.stage.worker_path, "--connect", self.scheduler.endpoint, "--threads", 1,
                "--name", name, "--host", name], environment)))
        self.workers += joined
        self.stage.wait_for("the new workers", lambda: {worker.name for worker in joined} <=
                            set(self.known()), 60)
        return joined

    def known(self, but=("draining", "awaited")):
        """Names of the workers that the scheduler counts on, without those in some states."""
        document = self.stage.json("status", "--connect", self.scheduler.endpoint)
        return [worker["name"] for worker in document["workers"] if worker["state"] not in but]

    def strike(self, choose, share, act, undo):
        """In the middle of a job: does `act` to the workers that `choose` gives, so that at least half of
        them hold leases then; undone and tried again otherwise. Gives them, struck."""
        for _ in range(20):
            self.in_the_middle(share)
            victims = choose()
            self.struck_at = time.monotonic()
            act(victims)
            names = {worker.name for worker in victims}
            document = self.stage.json("status", "--connect", self.scheduler.endpoint)
            holding = [worker["name"] for worker in document["workers"]
                       if worker["leases"] > 0 and worker["name"] in names]
            if 2 * len(holding) >= len(victims):
                return victims
            undo(victims)
        raise Failure("never saw enough workers at work at once")

    def freeze(self, count, share):
        """Any so many workers, stopped with SIGSTOP."""
        def send(number):
            return lambda victims: [victim.signal(number) for victim in victims]
        return self.strike(lambda: self.random.sample(self.workers, count), share,
                           send(signal.SIGSTOP), send(signal.SIGCONT))

    def lose(self, victims):
        self.workers = [worker for worker in self.workers if worker not in victims]

    def until_given_up(self, victims, timeout_seconds=30):
        """Seconds from the strike until the scheduler no longer counts on any of them."""
        names = {worker.name for worker in victims}
        self.stage.wait_for("the scheduler to give up its dead", lambda: not (
            names & set(self.known(but=()))), timeout_seconds)
        return time.monotonic() - self.struck_at

    def row(self, fault, how, detected, ledger, result="same digest"):
        repeated = (f"{ledger['blocks_repeated']} of {self.blocks} blocks leased again, "
                    f"{ledger['lost_to_reclaim_core_seconds']:.2f} s lost beside "
                    f"{ledger['useful_core_seconds']:.1f} useful core s")
        self.rows.append((fault, how, detected, repeated, result))
        say(f"  => detected after {detected}; work repeated: {repeated}; {result}")

    def end(self):
        """The ledgers added up; the fleet is gone afterwards."""
        self.blocks = sum(self.stage.status(self.scheduler, job)["blocks_total"] for _, job, _ in self.jobs)
        ledger = self.finish()
        for worker in self.workers:
            check(worker.alive(), f"{worker.name} ended by itself: exit {worker.popen.returncode}")
            worker.kill()
        return ledger

    # ---- Faults -----------------------------------------------------------------------------

    def killed(self):
        self.start_fleet("kill -9 of half of the workers at once")
        seconds = []
        for _ in range(self.rounds):
            victims = self.freeze(WORKERS // 2, 0.1)
            for victim in victims:
                victim.signal(signal.SIGKILL)
            self.lose(victims)
            seconds.append(self.until_given_up(victims))
            self.join(len(victims))
        ledger = self.end()
        check(max(seconds) <= DETECTED_MAX, f"given up only after {max(seconds):.1f} s")
        note_copies(ledger)
        self.row("10 of 20 workers gone without notice", "kill -9", f"{max(seconds):.1f} s", ledger)

    def stopped(self):
        self.start_fleet("a quarter of the workers stopped past their leases and resumed")
        seconds = []
        for _ in range(self.rounds):
            victims = self.freeze(WORKERS // 4, 0.1)
            seconds.append(self.until_given_up(victims))
            for victim in victims:
                victim.signal(signal.SIGCONT)
            self.stage.wait_for("the resumed to be back", lambda: {victim.name for victim in victims}
                                <= set(self.known()), 30)
        ledger = self.end()
        check(max(seconds) <= DETECTED_MAX, f"given up only after {max(seconds):.1f} s")
        note_copies(ledger)
        self.row("5 of 20 workers frozen past their leases, then resumed", "SIGSTOP, SIGCONT",
                 f"{max(seconds):.1f} s", ledger)

    def reclaimed(self):
        """Notices as cluster managers send them: SIGCONT and SIGTERM, again and again."""
        self.start_fleet("a storm of SIGTERM: every worker is told to leave, and replaced")
        notices = [signal.SIGCONT, signal.SIGTERM, signal.SIGUSR2, signal.SIGCONT, signal.SIGTERM,
                   signal.SIGINT]
        seconds = []
        for _ in range(self.rounds):
            for at in range(0, WORKERS, 5):
                self.in_the_middle(0.02 + 0.03 * at / 5)
                victims, self.workers = self.workers[:5], self.workers[5:]
                began = time.monotonic()
                for number in notices:
                    for victim in victims:
                        victim.signal(number)
                for victim in victims:
                    check_equal(victim.wait(35), RECLAIMED, f"exit code of {victim.name}")
                seconds.append(time.monotonic() - began)
                self.join(5)
        ledger = self.end()
        check_equal(ledger["leases_lost"], 0, "leases lost by workers that had notice")
        check_equal(ledger["blocks_repeated"], 0, "blocks repeated although there was notice")
        check(max(seconds) < 25, f"a drain took {max(seconds):.1f} s of 25 s")
        self.row("all 20 workers reclaimed with notice, 5 at a time",
                 "SIGTERM, SIGINT, SIGUSR2, each several times, SIGCONT between",
                 f"at once; gone within {max(seconds):.1f} s", ledger)

    def cut_off(self):
        """Five workers in a network of their own: deaf, mute, and with every connection reset."""
        reason = namespace.reason_against()
        if reason:
            say(f"!!! SKIPPED: partitions and resets: {reason}")
            return
        for name, fault, text in (("deaf", "deafen", "nothing reaches 5 of 20 workers"),
                                  ("mute", "mute", "nothing comes from 5 of 20 workers"),
                                  ("reset", "reset", "every connection of 5 of 20 workers reset")):
            with namespace.Wire() as link:
                self.start_fleet(f"network: {text}", WORKERS - 5, f"tcp://{link.near}:0")
                victims = self.join(5, link.prefix)
                self.strike(lambda: victims, 0.1, lambda _: getattr(link, fault)(),
                            lambda _: link.heal())
                try:
                    seconds = self.until_given_up(victims)
                finally:
                    link.heal()
                began = time.monotonic()
                self.stage.wait_for("them to be back", lambda: {victim.name for victim in victims}
                                    <= set(self.known()), 60)
                back = time.monotonic() - began
                ledger = self.end()
                limit = DETECTED_MAX + (0 if name == "mute" else SILENCE_SECONDS)
                check(seconds <= limit, f"given up only after {seconds:.1f} s")
                self.row(text, f"nftables in a network namespace ({name})",
                         f"{seconds:.1f} s; back {back:.1f} s after it healed", ledger)

    def both_killed(self):
        self.start_fleet("the scheduler and half of the workers killed at once")
        seconds = []
        for _ in range(self.rounds):
            victims = self.freeze(WORKERS // 2, 0.2)
            self.scheduler.signal(signal.SIGKILL)
            for victim in victims:
                victim.signal(signal.SIGKILL)
            self.scheduler.wait()
            self.lose(victims)
            began = time.monotonic()
            self.scheduler = self.stage.scheduler(self.journal, bind=self.scheduler.endpoint)
            self.struck_at = time.monotonic()
            serving = self.struck_at - began
            gone = self.until_given_up(victims)
            seconds.append((serving, gone))
            self.join(len(victims))
        ledger = self.end()
        serving, gone = max(one for one, _ in seconds), max(one for _, one in seconds)
        check(gone <= DETECTED_MAX, f"given up only after {gone:.1f} s")
        self.row("scheduler and 10 of 20 workers gone at once", "kill -9",
                 f"serving again after {serving:.2f} s; the dead given up {gone:.1f} s later", ledger)

    # ---- The seventh job --------------------------------------------------------------------

    def seven_jobs(self):
        """Seven identical jobs on one scheduler: no slower, and no bigger."""
        # A book that is read quickly: the grid is what is measured.
        self.job_file = self.stage.generate(self.stage.folder / "short", seed=7, trades=4000,
                                            days=DAYS, scenarios=SCENARIOS)
        grid.append_plan(self.job_file, 2000)
        self.reference = None  # Of this job: the first of the seven.
        self.start_fleet("seven identical jobs in a row", 4)
        rounds = 7 * self.rounds
        seconds, sizes = [], []
        for _ in range(rounds):
            began = time.monotonic()
            self.submit()
            check_equal(self.jobs[-1][0].wait(180), 0, "exit code of the client")
            seconds.append(time.monotonic() - began)
            sizes.append((rss_bytes(self.scheduler),
                          statistics.median(rss_bytes(worker) for worker in self.workers)))
        self.end()
        first, last = statistics.median(seconds[:3]), statistics.median(seconds[-3:])
        say(f"  seconds: {' '.join(f'{one:.2f}' for one in seconds)}; median of the first three "
            f"{first:.2f}, of the last three {last:.2f}: ratio {last / first:.2f} (at most 1.5)")
        check(last <= 1.5 * first, f"the last jobs took {last / first:.2f} times as long")
        for at, who in enumerate(("scheduler", "workers")):
            grown = sizes[-1][at] / sizes[1][at] - 1
            say(f"  memory of the {who}: {sizes[1][at] / 2**20:.1f} MiB after the second job, "
                f"{sizes[-1][at] / 2**20:.1f} MiB after the last: {grown:+.1%} (at most +15 %)")
            check(grown <= 0.15, f"memory of the {who} grew by {grown:.1%}")

    def write_table(self, path):
        lines = ["| fault | how | detected after | work repeated | result |", "|---|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def note_copies(ledger):
    """The victims held leases, or they would not be victims. Their blocks may have been copied and
    committed by others before the silence was over: then no lease was left to lose."""
    if ledger["leases_lost"] == 0:
        say("    no lease was lost: copies of the victims' blocks were committed first")


STEPS = ["killed", "stopped", "reclaimed", "cut_off", "both_killed", "seven_jobs"]


def more_arguments(parser):
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--table", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--only", choices=STEPS, action="append", metavar="STEP",
                        help=f"of {', '.join(STEPS)}")


def main():
    options = grid.arguments_of(__doc__, more_arguments)
    say(f"seed {options.seed}")
    with Stage("faults", options.build, 1500 if options.long else 420, options.keep) as stage:
        test = Faults(stage, options)
        test.make_job(TRADES, SCENARIOS, DAYS)
        out = stage.folder / "undisturbed"
        stage.vargrid("run", test.job_file, "--workers", 2, "--threads", 1, "--out", out,
                      timeout_seconds=300)
        test.compare(out, "undisturbed")
        for name in options.only or STEPS:
            began = time.monotonic()
            getattr(test, name)()
            say(f"ok  {name} ({time.monotonic() - began:.0f} s)")
        if options.table:
            test.write_table(options.table)


if __name__ == "__main__":
    grid.main(main)
