"""What a finished job must look like, whoever computed it and whatever happened on the way."""

import pathlib

import h5py
import numpy as np

from grid import Failure, check, check_equal, say

ENDED = {"completed", "incomplete", "failed", "cancelled"}


class Answer:
    """results.h5 of one run, reduced to what must be equal over all runs."""

    def __init__(self, stage, folder):
        self.report = stage.json("report", folder)
        self.digest = self.report["digest"]
        with h5py.File(pathlib.Path(folder) / "results.h5", "r") as file:
            self.attributes = dict(file.attrs)
            self.pnl = file["pnl"][:]
            self.class_pnl = file["class_pnl"][:]
        check_equal(int(self.attributes["blocks_present"]),
                    int(self.attributes["blocks_expected"]), "blocks present in results.h5")
        check_equal(int(self.attributes["complete"]), 1, "complete in results.h5")
        check_equal(self.report["complete"], True, "complete in the report")
        check(not np.isnan(self.pnl).any(), "NaN among the P&L of a complete run")

    def must_equal(self, other, what):
        check_equal(self.digest, other.digest, f"digest {what}")
        check(np.array_equal(self.pnl, other.pnl), f"P&L {what}: not equal to the last bit")
        check(np.array_equal(self.class_pnl, other.class_pnl),
              f"P&L by class {what}: not equal to the last bit")
        check_equal(self.report["measures"], other.report["measures"], f"measures {what}")


def read_journal(stage, journal, job):
    """What the journal of a scheduler that has ended says of a job; without a job: of all."""
    jobs = stage.json("journal", journal)["jobs"]
    return jobs if job is None else next(one for one in jobs if one["job"] == job)


def committed_blocks(stage, journal, job):
    return sum(commit["last"] - commit["first"]
               for commit in read_journal(stage, journal, job)["commits"])


def check_committed_once(stage, journal, job, status):
    """Blocks 0..N-1 and the final step N: each in exactly one commit."""
    stored = read_journal(stage, journal, job)
    next_block = 0
    for commit in stored["commits"]:
        first, last = commit["first"], commit["last"]
        check(first >= next_block, f"block {first} is committed twice (shard {commit['shard']})")
        check(first == next_block, f"blocks {next_block}..{first - 1} are committed nowhere")
        check(last > first, f"an empty commit at block {first}")
        next_block = last
    check_equal(next_block, status["blocks_total"] + 1, "blocks committed, with the final step")
    check_equal(status["blocks_committed"], status["blocks_total"], "blocks_committed of status")
    check_equal(status["blocks_pending"] + status["blocks_leased"] + status["blocks_set_aside"], 0,
                "blocks pending, leased or set aside of an ended job")
    check_equal(stored["leases"], [], "leases that outlived their job")


def check_ledger(stage, journal, job, status):
    """The ledger of status is the one on disk, and it adds up."""
    ledger = status["ledger"]
    stored = read_journal(stage, journal, job)["ledger"]
    for name in ("leases", "commits", "commits_refused", "leases_lost", "blocks_repeated"):
        check_equal(ledger[name], stored[name], f"ledger.{name} of status against the journal")
    check(ledger["useful_core_seconds"] > 0, "a finished job without useful core time")
    for name in [name for name in ledger if name.endswith("_core_seconds")]:
        check(ledger[name] >= 0, f"ledger.{name} is negative")
    return ledger


def print_ledger(what, ledger):
    say(f"  {what}: {ledger['leases']} leases, {ledger['commits']} commits, "
        f"{ledger['commits_refused']} refused, {ledger['commits_repeated']} acknowledged again, "
        f"{ledger['leases_lost']} leases lost, {ledger['leases_returned']} returned, "
        f"{ledger['blocks_repeated']} blocks repeated; core time "
        f"{ledger['useful_core_seconds']:.2f} s useful, "
        f"{ledger['lost_to_reclaim_core_seconds']:.2f} s lost to reclaim, "
        f"{ledger['lost_to_faults_core_seconds']:.2f} s lost to faults")
