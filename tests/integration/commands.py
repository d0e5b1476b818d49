#!/usr/bin/env python3
"""The command line as a newcomer walks it: generate, validate, run, report, and by hand a scheduler, a
worker, submit, status, cancel. Streams, exit codes, JSON, and the results opened in Python."""

import csv
import json
import math
import os
import pathlib
import pty
import re
import signal
import subprocess
import time

import h5py
import numpy as np

import answer
import grid
from grid import Stage, check, check_equal, say

KEYS = ["schema", "run_id", "as_of", "base_currency", "digest", "scenarios", "trades", "cells",
        "failed_cells", "complete", "wall_seconds", "cells_per_second", "measures"]
MEASURE_KEYS = {"book", "risk_class", "measure", "confidence", "estimator", "value"}
CLASSES = ["all", "interest_rate", "fx", "equity", "commodity", "volatility"]
SCENARIOS = 60
COMMANDS = ["run", "scheduler", "worker", "submit", "status", "cancel", "report", "validate",
            "generate"]


def processes_of_session(session):
    """Pids of everything that a process started in a session of its own, zombies aside."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(folder.name))
    return found


class Commands:
    def __init__(self, stage):
        self.stage = stage
        self.out = stage.folder / "results"

    def step(self, name):
        begin = time.monotonic()
        getattr(self, name)()
        say(f"ok  {name.replace('_', ' ')} ({time.monotonic() - begin:.1f} s)")

    # ---- The newcomer's path ----------------------------------------------------------------

    def generate(self):
        done = self.stage.vargrid("generate", "--out", "sample", "--trades", 150, "--days", 300,
                                  "--scenarios", SCENARIOS)
        self.sample = self.stage.folder / "sample"
        self.job_file = self.sample / "job.toml"
        check("vargrid run sample/job.toml" in done.stdout, "does not say how to go on")
        for name in ("job.toml", "market.toml", "trades.csv", "fixings.csv"):
            check((self.sample / name).exists(), f"wrote no {name}")
        again = self.stage.folder / "again"
        self.stage.vargrid("generate", "--out", again, "--trades", 150, "--days", 300,
                           "--scenarios", SCENARIOS)
        for file in self.sample.iterdir():
            check_equal((again / file.name).read_bytes(), file.read_bytes(),
                        f"{file.name} of the same seed")

    def validate(self):
        done = self.stage.vargrid("validate", self.job_file)
        check(done.stdout.rstrip().endswith("valid"), f"said: {done.stdout[-200:]}")
        document = self.stage.json("validate", self.job_file)
        check_equal(document["schema"], 1, "schema")
        check_equal(document["valid"], True, "valid")
        check_equal(document["trades"], 150, "trades")

    def run(self):
        done = self.stage.vargrid("run", self.job_file, "--workers", 2, "--threads", 1, "--out",
                                  self.out, "--json")
        self.document = document = json.loads(done.stdout)  # One document and nothing else.
        check(done.stderr.strip(), "nothing on stderr about what was read")
        for key in KEYS:
            check(key in document, f"the JSON of run lacks '{key}'")
        check_equal(document["schema"], 1, "schema")
        check_equal(document["complete"], True, "complete")
        check_equal(document["scenarios"], SCENARIOS, "scenarios")
        check_equal(document["cells"], document["trades"] * SCENARIOS * len(CLASSES), "cells")
        check_equal(document["failed_cells"], 0, "failed cells")
        check(re.fullmatch("[0-9a-f]{64}", document["digest"]), "a digest of 64 hex digits")
        left = sorted(path.name for path in self.out.iterdir())
        check_equal(left, ["results.h5", "var.csv"], "files in the output folder")

    def times_are_told(self):
        check(self.document["wall_seconds"] > 0, "wall_seconds is 0")
        check(self.document["cells_per_second"] > 0, "cells_per_second is 0")

    def measures_are_complete(self):
        books = [entry["book"] for entry in self.document["books"]]
        with open(self.sample / "trades.csv", newline="", encoding="utf-8") as file:
            paths = {row["book"] for row in csv.DictReader(file)}
        expected = {"total"}
        for path in paths:
            parts = path.split("/")
            expected |= {"/".join(parts[:level + 1]) for level in range(len(parts))}
        check_equal(set(books), expected, "books: every level of every path")
        asked = [("var", 0.99), ("var", 0.975), ("es", 0.975)]
        found = {(entry["book"], entry["risk_class"], entry["measure"], entry["confidence"])
                 for entry in self.document["measures"]}
        wanted = {(book, moved, *one) for book in books for moved in CLASSES for one in asked}
        check_equal(found, wanted, "measures: every book, class and question")
        check_equal(len(self.document["measures"]), len(wanted), "measures: each once")
        for entry in self.document["measures"]:
            check_equal(set(entry), MEASURE_KEYS, "keys of a measure")
            check(math.isfinite(entry["value"]), f"no number in {entry}")

    def report(self):
        folder = self.stage.vargrid("report", self.out)
        file = self.stage.vargrid("report", self.out / "results.h5")
        check_equal(file.stdout, folder.stdout, "report of the file")
        check("total" in folder.stdout and self.document["digest"] in folder.stdout,
              "the table lacks the total or the digest")
        check_equal(self.stage.json("report", self.out), self.document, "the JSON of report")

    def table(self):
        """Without --json and without a terminal: the table on stdout, no escapes anywhere."""
        out = self.stage.folder / "table"
        done = self.stage.vargrid("run", self.job_file, "--workers", 1, "--out", out)
        for word in ("VaR 99 %", "VaR 97.5 %", "ES 97.5 %", "interest_rate", "results.h5",
                     "var.csv", self.document["digest"]):
            check(word in done.stdout, f"the table lacks '{word}'")
        for stream in (done.stdout, done.stderr):
            check("\x1b" not in stream and "\r" not in stream, "escapes without a terminal")
        again = self.stage.vargrid("report", out)
        check(done.stdout.startswith(again.stdout.rstrip()), "report shows another table than run")

    def terminal(self):
        """On a terminal: progress on stderr; with NO_COLOR no colours."""
        leader, follower = pty.openpty()
        with subprocess.Popen(
                [self.stage.vargrid_path, "run", self.job_file, "--workers", "1", "--out",
                 self.stage.folder / "terminal"], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=follower, cwd=self.stage.folder,
                env=self.stage.environment({"NO_COLOR": "1"})) as process:
            os.close(follower)
            seen = b""
            try:
                while piece := os.read(leader, 65536):
                    seen += piece
            except OSError:
                pass  # Linux says EIO when the last writer is gone.
            os.close(leader)
            check_equal(process.wait(60), 0, "exit code on a terminal")
        check(re.search(rb"\d+ %\|.*blocks", seen), f"no progress on a terminal: {seen[-300:]!r}")
        check(not re.search(rb"\x1b\[[0-9;]*m", seen), "colours in spite of NO_COLOR")

    # ---- The results, as a quant opens them --------------------------------------------------

    def results_in_python(self):
        try:
            import xarray  # pylint: disable=import-outside-toplevel
            import h5netcdf  # noqa: F401  pylint: disable=import-outside-toplevel,unused-import
        except ImportError as error:
            say(f"!!! SKIPPED: {error}; apt install python3-xarray python3-h5netcdf")
            return
        path = self.out / "results.h5"
        with xarray.open_dataset(path, engine="h5netcdf") as data, h5py.File(path, "r") as file:
            check_equal(data.attrs["digest"], self.document["digest"], "digest")
            check_equal(data.pnl.dims, ("book", "scenario"), "dimensions of pnl")
            check_equal(data.pnl.shape[1], SCENARIOS, "scenarios of pnl")
            check(np.array_equal(data.pnl.values, file["pnl"][:]), "xarray and h5py differ")
            check(np.array_equal(file["measure_value"][:],
                                 [entry["value"] for entry in self.document["measures"]]),
                  "measures of the file and of the JSON differ")
            books = [str(book) for book in data.book.values]
            check_equal(books, [entry["book"] for entry in self.document["books"]], "books")
            self.recompute(data, books)
        with open(self.out / "var.csv", newline="", encoding="utf-8") as table:
            rows = list(csv.DictReader(table))
        check_equal([float(row["value"]) for row in rows],
                    [entry["value"] for entry in self.document["measures"]], "var.csv")

    def recompute(self, data, books):
        """VaR by ceil rank and fractional ES again, from the P&L alone, for every book and class."""
        for entry in self.document["measures"]:
            pnl = (data.pnl if entry["risk_class"] == "all"
                   else data.class_pnl.sel(risk_class=entry["risk_class"]))
            losses = np.sort(-pnl.values[books.index(entry["book"])])[::-1]
            tail_bp = 10000 - round(entry["confidence"] * 10000)
            if entry["measure"] == "var":
                check_equal(entry["estimator"], "ceil_rank", "estimator")
                expected = losses[-(-tail_bp * SCENARIOS // 10000) - 1]
            else:
                check_equal(entry["estimator"], "fractional", "estimator")
                whole, rest = divmod(tail_bp * SCENARIOS, 10000)
                expected = ((losses[:whole].sum() + losses[whole] * rest / 10000)
                            / (tail_bp * SCENARIOS / 10000))
            check(math.isclose(entry["value"], expected, rel_tol=1e-12, abs_tol=1e-6),
                  f"{entry}: from the P&L {expected}")

    # ---- Options, environment, exit codes -----------------------------------------------------

    def help_of_commands(self):
        text = self.stage.vargrid("--help").stdout
        check_equal(len(re.findall(r"^  vargrid \S+", text.split("Usage")[0], re.MULTILINE)), 2,
                    "examples before the usage")
        for command in COMMANDS:
            check(re.search(rf"^  {command} ", text, re.MULTILINE), f"--help lacks {command}")
            check(self.stage.vargrid(command, "--help").stdout, f"{command} --help says nothing")
        done = subprocess.run([self.stage.worker_path, "--help"], capture_output=True, text=True,
                              timeout=30, check=True)
        check("--connect" in done.stdout, "vargrid-worker --help")
        check(re.match(r"vargrid \d", self.stage.vargrid("--version").stdout), "--version")

    def flag_before_environment(self):
        """Flag, then environment, then job file."""
        flag, variable = self.stage.folder / "by-flag", self.stage.folder / "by-variable"
        environment = {"VARGRID_OUT": str(variable), "VARGRID_AS_OF": "2021-06-25"}
        self.stage.vargrid("run", self.job_file, "--workers", 1, environment=environment)
        document = self.stage.json("report", variable)
        check_equal(document["as_of_requested"], "2021-06-25", "as_of from the environment")
        self.stage.vargrid("run", self.job_file, "--workers", 1, "--out", flag, "--as-of",
                           "2021-06-24", environment=environment)
        document = self.stage.json("report", flag)
        check_equal(document["as_of_requested"], "2021-06-24", "as_of from the flag")
        done = self.stage.vargrid("run", self.job_file, "--workers", 1, "--json")
        folder = self.stage.folder / "out" / json.loads(done.stdout)["run_id"]
        check((folder / "results.h5").exists(), "results are not in out/RUN_ID by default")

    def exit_codes(self):
        vargrid = self.stage.vargrid
        vargrid("frobnicate", expect=2)
        vargrid("run", expect=2)
        vargrid("validate", "nowhere.toml", expect=3)
        vargrid("report", "nowhere", expect=3)
        vargrid("status", "--connect", "tcp://127.0.0.1:9", expect=4)
        broken = self.stage.folder / "broken.toml"
        broken.write_text("schema = 1\n", encoding="utf-8")
        vargrid("validate", broken, expect=1)

    def incomplete(self):
        """Cells without a number: the run ends, says which, and exits with 6."""
        folder = self.stage.folder / "incomplete"
        folder.mkdir()
        for file in self.sample.iterdir():
            if file.name != "trades.csv":
                (folder / file.name).symlink_to(file)
        (folder / "trades.csv").write_text(
            "id,book,type,asset,quantity\n"
            "GOOD,equity/small,equity_position,ARDEN,100\n"
            "HUGE,equity/huge,equity_position,ARDEN,1e15\n", encoding="utf-8")
        out = self.stage.folder / "incomplete-out"
        done = self.stage.vargrid("run", folder / "job.toml", "--workers", 1, "--out", out,
                                  "--json", expect=6)
        document = json.loads(done.stdout)
        check_equal(document["complete"], False, "complete")
        check(document["failed_cells"] > 0, "no failed cells")
        check_equal({failure["trade"] for failure in document["failures"]}, {"HUGE"}, "failures")
        measured = {entry["book"] for entry in document["measures"]
                    if entry["value"] is not None and entry["risk_class"] == "all"}
        check_equal(measured, {"equity/small"}, "books with measures")
        self.stage.vargrid("report", out, expect=6)

    # ---- By hand ----------------------------------------------------------------------------

    def by_hand(self):
        journal = self.stage.folder / "journal"
        scheduler = self.stage.scheduler(journal)
        connect = ("--connect", scheduler.endpoint)
        out = self.stage.folder / "by-hand"
        done = self.stage.vargrid("submit", self.job_file, *connect, "--out", out)
        check_equal(done.stdout, "1\n", "stdout of submit: the number of the job")
        status = self.stage.json("status", 1, *connect)
        check_equal(status["state"], "running", "state without workers")
        check_equal(status["blocks_committed"], 0, "blocks without workers")
        self.stage.worker(scheduler.endpoint, threads=2)
        self.stage.wait_for("the job to complete", lambda: self.stage.json(
            "status", 1, *connect)["state"] == "completed", 60)
        check_equal(self.stage.json("report", out)["digest"], self.document["digest"],
                    "digest of the job submitted by hand")
        everything = self.stage.json("status", *connect)
        check_equal([job["job"] for job in everything["jobs"]], [1], "jobs")
        check_equal(everything["workers_total"], 1, "workers")
        text = self.stage.vargrid("status", *connect).stdout
        check("completed" in text and "worker-1" in text, f"the table of status: {text}")
        self.stage.vargrid("status", 1, *connect)
        self.stage.vargrid("status", 99, *connect, expect=3)
        self.stage.vargrid("cancel", 99, *connect, expect=3)
        said = self.stage.vargrid("cancel", 1, *connect).stdout
        check("already ended" in said, f"cancel of an ended job said: {said}")
        by_variable = self.stage.vargrid("status", environment={
            "VARGRID_CONNECT": scheduler.endpoint}).stdout
        check("completed" in by_variable, "VARGRID_CONNECT is not used")
        scheduler.signal(signal.SIGTERM)
        check_equal(scheduler.wait(20), 0, "exit code of the scheduler after SIGTERM")
        answer.check_committed_once(self.stage, journal, 1, status={
            **status, "blocks_committed": status["blocks_total"], "blocks_pending": 0})

    def cancel(self):
        scheduler = self.stage.scheduler()
        connect = ("--connect", scheduler.endpoint)
        waiting = self.stage.process("waiting", [
            self.stage.vargrid_path, "submit", self.job_file, *connect, "--wait", "--out",
            self.stage.folder / "cancelled"])
        self.stage.wait_for("the job to be accepted", lambda: self.stage.json(
            "status", *connect)["jobs"], 30)
        said = self.stage.vargrid("cancel", 1, *connect).stdout
        check("job 1 cancelled" in said, f"cancel said: {said}")
        check_equal(self.stage.json("status", 1, *connect)["state"], "cancelled", "state")
        check_equal(waiting.wait(20), 1, "exit code of the client of a cancelled job")
        check("cancelled" in waiting.stderr, f"the client said: {waiting.stderr[-300:]}")

    # ---- Ends that nobody planned -------------------------------------------------------------

    def long_run(self, kind, out):
        """`vargrid run` in the middle of its work, with two workers."""
        large = self.stage.folder / "large"
        if not large.exists():
            self.stage.generate(large, trades=4000, days=1300, scenarios=1000)
        process = self.stage.process(kind, [
            self.stage.vargrid_path, "run", large / "job.toml", "--workers", 2, "--threads", 1,
            "--out", out])
        self.stage.wait_for("a shard", lambda: process.alive() and (out / "shards").exists(), 60)
        check(len(processes_of_session(process.pid)) >= 3, "no worker processes")
        return process

    def nothing_is_left(self, process, out, seconds):
        left = [path.name for path in out.iterdir() if path.name in ("results.h5", "var.csv")]
        check_equal(left, [], "files under final names")
        self.stage.wait_for("the workers to be gone",
                            lambda: not processes_of_session(process.pid), seconds)

    def interrupted(self):
        out = self.stage.folder / "interrupted"
        process = self.long_run("interrupted", out)
        os.killpg(process.pid, signal.SIGINT)  # As a terminal does: to everybody.
        check_equal(process.wait(30), 128 + signal.SIGINT, "exit code after Ctrl-C")
        check("interrupted" in process.stderr, f"said: {process.stderr[-300:]}")
        self.nothing_is_left(process, out, 1)

    def killed(self):
        out = self.stage.folder / "killed"
        process = self.long_run("killed", out)
        process.signal(signal.SIGKILL)
        check_equal(process.wait(10), -signal.SIGKILL, "exit code after kill -9")
        self.nothing_is_left(process, out, 20)

    # ---- What the fleet ships -----------------------------------------------------------------

    def worker_is_small(self):
        libraries = subprocess.run(["ldd", self.stage.worker_path], capture_output=True, text=True,
                                   timeout=30, check=True).stdout.lower()
        for name in ("quantlib", "sqlite"):
            check(name not in libraries, f"vargrid-worker links {name}")
        size, full = (path.stat().st_size for path in (self.stage.worker_path,
                                                       self.stage.vargrid_path))
        say(f"    vargrid-worker {size / 2**20:.1f} MiB, vargrid {full / 2**20:.1f} MiB")


STEPS = ["generate", "validate", "run", "times_are_told", "measures_are_complete", "report",
         "table", "terminal", "results_in_python", "help_of_commands", "flag_before_environment",
         "exit_codes", "incomplete", "by_hand", "cancel", "interrupted", "killed",
         "worker_is_small"]


def main():
    options = grid.arguments_of(__doc__)
    failed = []
    with Stage("commands", options.build, 240, options.keep) as stage:
        commands = Commands(stage)
        for name in STEPS:
            try:
                commands.step(name)
            except grid.Failure as failure:
                failed.append(name)
                say(f"FAILED  {name}: {failure}")
                if name in ("generate", "run"):
                    raise
        check(not failed, f"{len(failed)} of {len(STEPS)} steps: {', '.join(failed)}")


if __name__ == "__main__":
    grid.main(main)
