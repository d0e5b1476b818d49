#!/usr/bin/env python3
"""Throws broken inputs at vargrid: files, command lines, messages, results. Each must give its own clear
error and exit code; nothing may crash, hang, or leave a partial file under its final name.

The rows are in inputs_table.py (files and command lines), results_table.py and wire_table.py."""

import pathlib
import re
import signal
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))

import grid  # noqa: E402  (found through the line above)
import inputs_table  # noqa: E402
import results_table  # noqa: E402
import wire  # noqa: E402
import wire_table  # noqa: E402
from grid import SANITIZER, Failure, Stage, check, say  # noqa: E402

ROW_SECONDS = 30
FINAL_NAMES = {"results.h5", "var.csv"}


class Table:
    """Runs rows, prints the outcome of each, remembers which failed."""

    def __init__(self):
        self.rows = 0
        self.failed = 0

    def row(self, name, body):
        """`body` gives what was seen, or raises Failure."""
        self.rows += 1
        try:
            seen = body()
            say(f"ok      {name}: {shorten(seen)}")
        except (Failure, wire.Closed, OSError) as failure:
            self.failed += 1
            say(f"FAILED  {name}: {type(failure).__name__}: {failure}")


def shorten(text, length=150):
    one_line = " | ".join(line.strip() for line in text.strip().splitlines() if line.strip())
    return one_line if len(one_line) <= length else one_line[:length - 3] + "..."


def free_endpoint():
    """Where nobody listens: a port that was ours a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"


def damaged_copy(sample, folder, edits):
    """The sample with some files damaged; the others are links to the good ones."""
    folder.mkdir()
    for file in sample.iterdir():
        if file.name not in edits:
            (folder / file.name).symlink_to(file)
    for name, edit in edits.items():
        source, edit = edit if isinstance(edit, tuple) else (name, edit)
        if edit is inputs_table.GONE:
            continue
        if edit is inputs_table.FOLDER:
            (folder / name).mkdir()
            continue
        good = (sample / source).read_bytes() if (sample / source).exists() else b""
        (folder / name).write_bytes(edit(good))
    return folder


def check_no_partial_files(folder):
    left = [path.name for path in folder.rglob("*") if path.name in FINAL_NAMES]
    check(not left, f"left {left} behind")


def run_command(stage, arguments, code, words):
    """Runs vargrid, checks exit code and words, returns what it said."""
    process = stage.vargrid(*arguments, timeout_seconds=ROW_SECONDS, expect=None)
    found = process.popen.returncode
    said = process.stderr + process.stdout
    if found < 0:
        raise Failure(f"died of {signal.Signals(-found).name}\n{said[-3000:]}")
    check(not SANITIZER.search(said.encode()), f"sanitizer: {said[-3000:]}")
    check(found != 0, f"succeeded: {said[-500:]}")
    check(code is None or found == code, f"expected exit code {code}, found {found}: {said[-500:]}")
    check(re.search(words, said), f"expected /{words}/, found: {said[-1500:]}")
    check(process.stderr.strip(), "said nothing on stderr")
    if "--json" not in arguments:
        check(not process.stdout.strip(), f"data on stdout: {process.stdout[:200]}")
    return f"exit {found}, {process.stderr}"


def input_rows(stage, table, sample):
    free = free_endpoint()
    for at, (name, edits, command, code, words) in enumerate(inputs_table.ROWS):
        folder, out = stage.folder / f"row-{at}", stage.folder / f"out-{at}"
        places = {"sample": folder, "out": out, "free": free}

        def body():
            damaged_copy(sample, folder, edits)
            arguments = [word.format(**places) for word in command]
            seen = run_command(stage, arguments, code, words.replace("{free}", free))
            if out.exists():
                check_no_partial_files(out)
            return seen

        table.row(name, body)


def main():
    options = grid.arguments_of(__doc__)
    table = Table()
    with Stage("bad_input", options.build, 420, options.keep) as stage:
        sample = stage.folder / "sample"
        stage.generate(sample, seed=1, trades=60, days=140, scenarios=40)
        stage.vargrid("validate", sample / "job.toml")  # What is damaged below was good.
        input_rows(stage, table, sample)
        results_table.rows(stage, table, sample, run_command)
        wire_table.rows(stage, table, sample)
    say(f"{table.rows} rows, {table.failed} failed")
    check(table.failed == 0, f"{table.failed} of {table.rows} rows")


if __name__ == "__main__":
    grid.main(main)
