#!/usr/bin/python3
"""The published linear book through the whole system: scheduler, workers, results.h5. Every P&L of
every class within 1e-9 relative or 2e-6 USD of the independent figures, VaR and ES the same order
statistics. Then the measures on two other windows, against those of other_windows.csv.

usage: known_answer_test.py VARGRID JOB.toml"""

import csv
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

ORACLE_CLASSES = {"All": "all", "EQ": "equity", "FX": "fx", "IR": "interest_rate", "CO": "commodity"}
RELATIVE = 1e-9
PRINTED_USD = 2e-6
SKIP = 77


def run(vargrid, job, as_of, folder):
    command = [vargrid, "run", job, "--as-of", as_of, "--out", folder, "--json", "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nexit code {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def text(values):
    return [v.decode() if isinstance(v, bytes) else v for v in values]


def class_pnl(folder):
    """{class: P&L of the whole book by scenario} and the dates the scenarios end on."""
    with h5py.File(pathlib.Path(folder) / "results.h5") as file:
        classes = text(file["risk_class"][:])
        total = text(file["book"][:]).index("total")
        pnl = {c: file["class_pnl"][i, total, :] for i, c in enumerate(classes)}
        pnl["all"] = file["pnl"][total, :]
        days = file["scenario_to"][:]
    return pnl, [str(np.datetime64(int(d), "D")) for d in days]


def close(value, expected):
    return abs(value - expected) <= max(RELATIVE * abs(expected), PRINTED_USD)


def check_oracle(vargrid, job, oracle, folder):
    answer = run(vargrid, job, "2020-12-31", folder)
    pnl, dates = class_pnl(folder)
    with open(oracle / "covid_2020-12-31_skfolio_pnl.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == answer["scenarios"] == 500, (len(rows), answer["scenarios"])
    assert [row["date"] for row in rows] == dates
    worst = 0.0
    for column, name in ORACLE_CLASSES.items():
        for i, row in enumerate(rows):
            expected = float(row[column])
            worst = max(worst, abs(pnl[name][i] - expected))
            assert close(pnl[name][i], expected), (column, row["date"], pnl[name][i], expected)
    measures = {(m["book"], m["risk_class"], m["measure"], m["confidence"]): m["value"]
                for m in answer["measures"]}
    with open(oracle / "covid_2020-12-31_skfolio_var.csv", newline="") as file:
        for row in csv.DictReader(file):
            name = ORACLE_CLASSES[row["risk_class"]]
            assert answer["as_of"] == row["base_date"]
            assert close(answer["base_value"], float(row["base_value_usd"])), answer["base_value"]
            assert dates[int(np.argmin(pnl[name]))] == row["worst_date"]
            for key, column in [(("var", 0.99), "var_99"), (("var", 0.975), "var_97.5"),
                                (("es", 0.975), "es_97.5"), (("es", 0.99), "es_99")]:
                value = measures[("total", name, *key)]
                assert close(-value, float(row[column])), (name, key, value, row[column])
    print(f"2020-12-31: 2,500 P&Ls, largest difference {worst:.1e} USD; base value, VaR and ES agree")


def other_windows():
    """{as_of: rows of other_windows.csv}"""
    with open(pathlib.Path(__file__).parent / "other_windows.csv", newline="") as file:
        windows = {}
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            windows.setdefault(row["as_of"], []).append(row)
    return windows


def check_measures(answer, pnl, dates, rows):
    measures = {(m["risk_class"], m["measure"], m["confidence"]): m["value"]
                for m in answer["measures"] if m["book"] == "total"}
    for row in rows:
        name = ORACLE_CLASSES[row["risk_class"]]
        assert answer["as_of"] == row["base_date"] and dates[0] == row["first_scenario_date"]
        assert close(answer["base_value"], float(row["base_value_usd"])), answer["base_value"]
        assert dates[int(np.argmin(pnl[name]))] == row["worst_date"]
        for measure, confidence, column in [("var", 0.99, "var_99"), ("var", 0.975, "var_97.5"),
                                            ("es", 0.975, "es_97.5"), ("es", 0.99, "es_99")]:
            value = measures[name, measure, confidence]
            assert close(-value, float(row[column])), (name, column, value, row[column])


def check_window(vargrid, job, as_of, rows, folder):
    answer = run(vargrid, job, as_of, folder)
    pnl, dates = class_pnl(folder)
    assert answer["complete"] and answer["failed_cells"] == 0
    assert answer["as_of_requested"] == as_of and dates[-1] == answer["as_of"] <= as_of
    check_measures(answer, pnl, dates, rows)
    for m in answer["measures"]:
        if m["book"] != "total":
            continue
        losses = np.sort(-pnl[m["risk_class"]])[::-1]
        rank = math.ceil(len(losses) * round((1 - m["confidence"]) * 10_000) / 10_000)
        expected = losses[rank - 1] if m["measure"] == "var" else losses[:rank].mean()
        assert close(m["value"], expected), m
    # No trade here has two classes of factors in one product but the foreign bonds and cash, so the
    # classes nearly add up; a class that moved too much or too little would show.
    parts = sum(pnl[c] for c in pnl if c != "all")
    scale = np.abs(pnl["all"]).max()
    assert np.abs(parts - pnl["all"]).max() < 0.02 * scale
    print(f"{as_of}: valued {answer['as_of']}, base value {answer['base_value']:.2f} USD, "
          f"VaR 99 % {next(m['value'] for m in answer['measures']):.2f} USD")


def main():
    vargrid, job = sys.argv[1:3]
    data = pathlib.Path(os.environ.get("VARGRID_DATA", "../shared/data"))
    if not (data / "oracle_linear_book").is_dir():
        print(f"SKIPPED: no data at {data} (set VARGRID_DATA)")
        return SKIP
    with tempfile.TemporaryDirectory() as folder:
        check_oracle(vargrid, job, data / "oracle_linear_book", f"{folder}/2020")
        for as_of, rows in other_windows().items():
            check_window(vargrid, job, as_of, rows, f"{folder}/{as_of}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
