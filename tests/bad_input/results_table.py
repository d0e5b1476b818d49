"""Broken results files: each is a good one with something done to it, shown to `vargrid report`."""

import shutil

import h5py

import inputs_table as damage
from grid import check

FAILED, NOT_FOUND = 1, 3


def with_h5py(function):
    """A change that leaves a sound HDF5 file, as a careless script would make it."""
    def edit(path):
        with h5py.File(path, "r+") as file:
            function(file)
    return edit


def with_bytes(function):
    return lambda path: path.write_bytes(function(path.read_bytes()))


def drop(name):
    def edit(file):
        del file[name]
    return edit


def drop_attribute(name):
    def edit(file):
        del file.attrs[name]
    return edit


def set_attribute(name, value):
    def edit(file):
        file.attrs[name] = value
    return edit


def change_value(file):
    file["pnl"][0, 0] += 1.0


def replace_pnl(make):
    """Another dataset under the name of the P&L."""
    def edit(file):
        shape = file["pnl"].shape
        del file["pnl"]
        make(file, shape)
    return edit


def hole(file):
    old = file["pnl"][:]
    del file["pnl"]
    file.create_dataset("pnl", shape=old.shape, dtype="f8", chunks=(1, old.shape[1]),
                        fillvalue=float("nan"))  # No chunk is ever written.


WORDS = r"results\.h5"
ROWS = [
    ("empty file", with_bytes(damage.become("")), WORDS),
    ("text", with_bytes(damage.become("book,value\n" * 100)), WORDS),
    ("cut off in the middle", with_bytes(damage.cut(0.5)), WORDS),
    ("cut off near the end", with_bytes(lambda content: content[:-100]), WORDS),
    ("beginning lost", with_bytes(lambda content: content[512:]), WORDS),
    ("a bit flipped at the start", with_bytes(damage.flip(0.001)), WORDS),
    ("a bit flipped in the middle", with_bytes(damage.flip(0.5)), WORDS),
    ("a bit flipped near the end", with_bytes(damage.flip(0.97)), WORDS),
    ("no P&L", with_h5py(drop("pnl")), r"results\.h5.*pnl"),
    ("no books", with_h5py(drop("book")), WORDS),
    ("no run", with_h5py(drop("run/specification")), r"results\.h5.*specification"),
    ("no digest", with_h5py(drop_attribute("digest")), r"results\.h5.*digest"),
    ("schema of the future", with_h5py(set_attribute("schema_version", 99)),
     r"results\.h5.*(schema|version).*99|99.*(schema|version)"),
    ("digest as a number", with_h5py(set_attribute("digest", 7)), r"results\.h5.*digest"),
    ("one number changed", with_h5py(change_value), WORDS),
    ("P&L of another shape", with_h5py(replace_pnl(
        lambda file, shape: file.create_dataset("pnl", shape=(1, 1), dtype="f8"))),
     r"results\.h5.*pnl"),
    ("P&L as text", with_h5py(replace_pnl(
        lambda file, shape: file.create_dataset("pnl", shape=shape, dtype=h5py.string_dtype()))),
     r"results\.h5.*pnl"),
    ("P&L with a hole", with_h5py(hole), r"results\.h5.*pnl"),
    ("claims to be complete", with_h5py(set_attribute("blocks_present", 0)), WORDS),
]


def rows(stage, table, sample, run_command):
    good = stage.folder / "good"
    stage.vargrid("run", sample / "job.toml", "--workers", 1, "--threads", 1, "--out", good)
    stage.vargrid("report", good)  # What is damaged below was good.
    for at, (name, edit, words) in enumerate(ROWS):
        folder = stage.folder / f"results-{at}"

        def body():
            folder.mkdir()
            file = folder / "results.h5"
            shutil.copy(good / "results.h5", file)
            edit(file)
            check(file.read_bytes() != (good / "results.h5").read_bytes(), "nothing was damaged")
            return run_command(stage, ["report", str(folder)], FAILED, words)

        table.row(f"results: {name}", body)
