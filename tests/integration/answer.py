"""What a finished job must look like, whoever computed it and whatever happened on the way."""

import pathlib
import shutil
import sqlite3
import tempfile

import h5py
import numpy as np

from grid import Failure, check, check_equal, say

# JobState in scheduler/core, as the journal stores it, is not part of any contract; the words of
# `vargrid status` are.
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


def read_journal(journal, query):
    """Rows of a journal whose scheduler has ended: a live one holds it locked. Reads a copy, so that
    the write-ahead log of a killed scheduler stays for its successor."""
    with tempfile.TemporaryDirectory() as folder:
        for file in pathlib.Path(journal).glob("journal.db*"):
            shutil.copy(file, folder)
        connection = sqlite3.connect(f"{folder}/journal.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def committed_blocks(journal, job):
    return sum(last - first for first, last in
               read_journal(journal, f"SELECT first, last FROM commits WHERE job = {job}"))


def check_committed_once(journal, job, status):
    """Blocks 0..N-1 and the final step N: each in exactly one commit."""
    rows = read_journal(journal, f"SELECT first, last, shard FROM commits WHERE job = {job} "
                                 "ORDER BY first")
    next_block = 0
    for first, last, shard in rows:
        check(first >= next_block, f"block {first} is committed twice (shard {shard})")
        check(first == next_block, f"blocks {next_block}..{first - 1} are committed nowhere")
        check(last > first, f"an empty commit at block {first}")
        next_block = last
    check_equal(next_block, status["blocks_total"] + 1, "blocks committed, with the final step")
    check_equal(status["blocks_committed"], status["blocks_total"], "blocks_committed of status")
    check_equal(status["blocks_pending"] + status["blocks_leased"] + status["blocks_set_aside"], 0,
                "blocks pending, leased or set aside of an ended job")
    leases = read_journal(journal, f"SELECT count(*) FROM leases WHERE job = {job}")[0][0]
    check_equal(leases, 0, "leases that outlived their job")
    return rows


def check_ledger(journal, job, status):
    """The ledger of status is the one on disk, and it adds up."""
    row = read_journal(journal, "SELECT leases, commits, commits_refused, leases_lost, blocks_repeated "
                                f"FROM ledgers WHERE job = {job}")
    if len(row) != 1:
        raise Failure(f"job {job} has {len(row)} ledgers in the journal")
    ledger = status["ledger"]
    stored = dict(zip(("leases", "commits", "commits_refused", "leases_lost", "blocks_repeated"),
                      row[0]))
    for name, value in stored.items():
        check_equal(ledger[name], value, f"ledger.{name} of status against the journal")
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
