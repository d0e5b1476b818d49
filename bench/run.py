#!/usr/bin/env python3
"""Runs the benchmarks and prints one table: what, how fast, beside which peer in the same run, the ratio,
the target of DESIGN section 4 and whether it is met. JSON goes to BUILD/bench.

usage: bench/run.py --build build/release [kernels|grid] [--quick]"""

import argparse
import json
import pathlib
import platform
import subprocess
import sys

# Ours, the peer, what it is, target of the ratio (None: no target). The peers of one line are run by the
# same executable in the same minute.
KERNELS = [
    ("European options", "european", "quantlib/option", "QuantLib instrument", 150),
    ("European options", "european", "quantlib/black_formula", "QuantLib blackFormula", 4),
    ("swaps of ten years", "swap", "quantlib/swap", "QuantLib swap, curve re-linked", 1000),
    ("swaps, two curves", "swap_two_curves", "quantlib/swap_two_curves",
     "QuantLib swap, curves re-linked", 1000),
    ("European options with exact sums", "european+sums", "quantlib/option",
     "QuantLib instrument", None),
    ("swaps, two curves, with exact sums", "swap_two_curves+sums", "quantlib/swap_two_curves",
     "QuantLib swap, curves re-linked", None),
]
HEADER = ("what", "value", "unit", "peer", "peer's value", "ratio", "target", "met")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_kernels(build, bench, quick):
    raw = bench / "kernels.json"
    command = [build / "bench" / "kernel_bench", f"--benchmark_out={raw}",
               "--benchmark_out_format=json",
               f"--benchmark_repetitions={3 if quick else 11}",
               f"--benchmark_min_time={0.05 if quick else 0.15}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    best = {}
    for entry in json.loads(raw.read_text(encoding="utf-8"))["benchmarks"]:
        if entry.get("run_type", "iteration") == "iteration" and "items_per_second" in entry:
            name = entry.get("run_name", entry["name"])
            best[name] = max(best.get(name, 0.0), entry["items_per_second"])
    rows = []
    for isa in ("avx512", "avx2"):
        for what, ours, peer, peer_name, target in KERNELS:
            if f"{isa}/{ours}" not in best or peer not in best:
                continue
            value, peer_value = best[f"{isa}/{ours}"], best[peer]
            rows.append({"name": f"{what}, {isa}", "value": value,
                         "unit": "trades x scenarios /s/core", "peer": peer_name,
                         "peer_value": peer_value, "ratio": value / peer_value,
                         "target": f"at least {target} x" if target else "",
                         "met": value / peer_value >= target if target else None})
    if not any(row["name"].endswith("avx512") for row in rows):
        say("!!! no avx512 figures: this CPU lacks it")
    return rows


def run_grid(build, bench, quick):
    out = bench / "grid.json"
    subprocess.run([build / "grid_bench", "--out", out, "--repetitions", "1" if quick else "3"],
                   check=True, stdout=subprocess.DEVNULL)
    figures = json.loads(out.read_text(encoding="utf-8"))["figures"]
    return [{"target": "", "met": None, **figure} for figure in figures]


def number(value):
    for limit, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= limit:
            return f"{value / limit:.4g}{suffix}"
    return f"{value:.3g}"


def cells(row):
    met = {True: "yes", False: "NO", None: ""}[row["met"]]
    peer = (row["peer"], number(row["peer_value"]), f"{row['ratio']:.4g}") if row["peer"] else (
        "", "", "")
    return (row["name"], number(row["value"]), row["unit"], *peer, row["target"], met)


def table(rows):
    lines = [HEADER, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    numeric = {1, 4, 5}
    text = []
    for at, line in enumerate(lines):
        text.append("  ".join(cell.rjust(width) if column in numeric else cell.ljust(width)
                              for column, (cell, width) in enumerate(zip(line, widths))).rstrip())
        if at == 0:
            text.append("-" * len(text[0]))
    return "\n".join(text)


def machine():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def revision():
    found = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True,
                           text=True, check=False)
    return found.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("part", nargs="?", choices=["kernels", "grid"], help="default: both")
    options = parser.parse_args()
    build = options.build.resolve()
    bench = build / "bench"
    bench.mkdir(exist_ok=True)
    rows = []
    for name, run in (("kernels", run_kernels), ("grid", run_grid)):
        if options.part in (None, name):
            say(f"running {name} ...")
            rows += run(build, bench, options.quick)
    summary = {"schema": 1, "machine": machine(), "cores": len(
        [line for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
         if line.startswith("processor")]), "revision": revision(), "rows": rows}
    (bench / "table.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    print(f"\n{summary['machine']}, {summary['cores']} cores, revision {summary['revision']}; "
          f"{bench}/table.json")


if __name__ == "__main__":
    main()
