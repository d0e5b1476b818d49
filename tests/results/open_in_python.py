"""Opens results.h5 as a quant would: with xarray, with plain h5py, and reads var.csv.

usage: open_in_python.py WRITE_SAMPLE   (the program that makes the files)
Exit code 77 (skipped, loudly) if the Python packages are not installed.
"""

import csv
import json
import math
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import xarray as xr
    import h5netcdf  # noqa: F401  (the engine)
except ImportError as error:
    print(f"SKIPPED: {error}; apt install python3-h5py python3-xarray python3-h5netcdf")
    sys.exit(77)

BOOKS = ["total", "equity", "equity/europe", "equity/us", "rates", "rates/grün"]


def check_whole(folder):
    ds = xr.open_dataset(f"{folder}/results.h5", engine="h5netcdf")
    assert list(ds.book.values) == BOOKS, ds.book.values
    assert ds.pnl.dims == ("book", "scenario")
    assert ds.pnl.shape == (6, 21)
    assert ds.class_pnl.dims == ("risk_class", "book", "scenario")
    assert list(ds.risk_class.values) == ["interest_rate", "fx"]
    assert ds.trade_pnl.dims == ("trade", "scenario")
    assert ds.trade_class_pnl.dims == ("trade", "risk_class", "scenario")
    assert ds.base_value.dims == ("book",)
    assert ds.trade_base_value.dims == ("trade",)
    assert list(ds.trade.values) == [f"T{i}" for i in range(7)]
    assert ds.pnl.attrs["units"] == "USD"
    assert ds.pnl.dtype == np.float64
    assert not ds.pnl.isnull().any()
    # Dates arrive as dates, without anybody asking.
    assert ds.scenario_to.values[0] == np.datetime64("2019-01-02"), ds.scenario_to.values[0]
    assert ds.scenario_from.values[0] == np.datetime64("2019-01-01")
    # Books add up: the total is the sum of the desks.
    total = ds.pnl.sel(book="total")
    desks = ds.pnl.sel(book=["equity", "rates"]).sum("book")
    np.testing.assert_allclose(total, desks, rtol=0, atol=1e-6)
    value = float(ds.base_value.sel(book="total"))
    np.testing.assert_allclose(value, float(ds.trade_base_value.sum()), rtol=1e-12)

    # The VaR can be had again from the P&L: the worst of 21 at 99 %.
    table = ds[[name for name in ds.variables if name.startswith("measure")]].to_dataframe()
    row = table[(table.measure_book == "total") & (table.measure_risk_class == "all")].loc["var"]
    assert math.isclose(row.measure_value, -float(total.min()), rel_tol=1e-15)
    assert row.measure_confidence == 0.99 and row.measure_estimator == "ceil_rank"

    attrs = ds.attrs
    assert attrs["Conventions"] == "CF-1.10"
    assert attrs["complete"] == 1 and attrs["failed_cells"] == 0
    assert attrs["blocks_expected"] == attrs["blocks_present"]
    assert attrs["valuation_date"] == "2020-12-31" and attrs["requested_date"] == "2021-01-02"
    assert attrs["base_currency"] == "USD" and attrs["horizon_days"] == 1
    assert attrs["run_id"].startswith("sample-2020-12-31-")
    assert len(attrs["digest"]) == 64 and attrs["code_revision"] == "0123abc"
    assert attrs["ledger_reclaims"] == 9 and attrs["ledger_elapsed_nanoseconds"] == 4
    assert json.loads(attrs["input_report"]) == {"dates_dropped": 3}
    assert attrs["cells"] == 7 * 3 * 21
    # It can be written back as it was read.
    ds.load().to_netcdf(f"{folder}/copy.nc", engine="h5netcdf")
    return ds


def check_plain_h5py(folder, ds):
    with h5py.File(f"{folder}/results.h5", "r") as file:
        assert list(file["book"].asstr()) == BOOKS
        np.testing.assert_array_equal(file["pnl"][:], ds.pnl.values)
        assert file["pnl"].dims[0][0].name == "/book"
        assert file["pnl"].compression == "gzip" and file["pnl"].shuffle and file["pnl"].fletcher32
        assert math.isnan(file["pnl"].attrs["_FillValue"]) and math.isnan(file["pnl"].fillvalue)
        assert file.attrs["complete"] == 1
        assert isinstance(file.attrs["run_id"], str)
        # In the order they were made, not in the alphabet's.
        assert list(file.attrs)[:2] == ["Conventions", "title"] or "Conventions" in file.attrs
        assert file["run/specification"].dtype == np.uint8


def check_csv(folder, ds):
    with open(f"{folder}/var.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == ds.sizes["measure"] == 6 * 3 * 2
    assert [float(r["value"]) for r in rows] == list(ds.measure_value.values)
    assert {r["currency"] for r in rows} == {"USD"}
    assert {r["confidence"] for r in rows} == {"0.99", "0.975"}


def check_failed(folder):
    ds = xr.open_dataset(f"{folder}/results.h5", engine="h5netcdf")
    assert ds.attrs["complete"] == 0 and ds.attrs["failed_cells"] == 1
    assert ds.sizes["failure"] == 1
    cell = ds.isel(failure=0)
    assert str(cell.failure_reason.values) == "out_of_range"
    trade, scenario = int(cell.failure_trade), int(cell.failure_scenario)
    moved = str(cell.failure_risk_class.values)
    pnl = ds.pnl if moved == "all" else ds.class_pnl.sel(risk_class=moved)
    book = str(ds.trade_book[trade].values)
    for level in {"total", book.split("/")[0], book}:
        assert math.isnan(float(pnl.sel(book=level)[scenario])), level
    # A book with a hole has no measure for that class of moves.
    books = ds.measure_book.values[ds.measure_risk_class.values == moved]
    assert "total" not in books and book not in books


def check_small(folder):
    ds = xr.open_dataset(f"{folder}/all_only/results.h5", engine="h5netcdf")
    assert "class_pnl" not in ds and "trade_pnl" not in ds and "risk_class" not in ds
    ds = xr.open_dataset(f"{folder}/nothing/results.h5", engine="h5netcdf")
    assert ds.attrs["complete"] == 0 and ds.attrs["blocks_present"] == 0
    assert bool(ds.pnl.isnull().all()) and ds.sizes["measure"] == 0
    assert ds.sizes["missing_block"] == ds.attrs["blocks_expected"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        whole = check_whole(f"{folder}/whole")
        check_plain_h5py(f"{folder}/whole", whole)
        check_csv(f"{folder}/whole", whole)
        check_failed(f"{folder}/failed")
        check_small(folder)
    print("xarray", xr.__version__, "h5py", h5py.__version__, ": all as documented")


main()
