#!/usr/bin/env python3
"""Checks the rules of the house that a compiler does not: who may include whom, what appears only in
one place, file sizes, READMEs, links, words. Run from the repository root; prints one line a finding
as file:line: text and exits 1 if there is any. `--self-test` proves that the checks can fail."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# Folder -> project folders it may include (itself always) and foreign headers only it may use.
# The order of DESIGN: pricing knows nothing of the grid, the grid knows nothing of pricing.
BASE = {"base"}
MARKET = BASE | {"pricing/market"}
KERNELS = MARKET | {"pricing/kernels"}
RISK = KERNELS | {"risk"}
IDS = BASE | {"protocol/ids"}
EVERYTHING = None

ALLOWED = {
    "base": set(),
    "pricing/market": BASE,
    "pricing/history": MARKET,
    "pricing/kernels": MARKET,
    "pricing/trades": KERNELS,
    "pricing/sample": MARKET,
    "risk": KERNELS,
    "results": RISK,
    "protocol": BASE,
    "protocol/zmq": BASE | {"protocol"},
    "scheduler/core": IDS,
    "scheduler/server": BASE | {"protocol", "protocol/zmq", "scheduler/core"},
    "worker/core": IDS,
    "worker/agent": RISK | {"results", "protocol", "protocol/zmq", "worker/core"},
    "simulate": IDS | {"scheduler/core", "worker/core"},
    "cli": EVERYTHING,
    "bench": EVERYTHING,
    "tests": EVERYTHING,
}
# What the two pure cores may take from protocol/: plain ids and ranges, no messages.
ID_HEADERS = {
    "protocol/ids.hpp",
    "protocol/block_range.hpp",
    "protocol/interval_set.hpp",
    "protocol/audit_sample.hpp",
}

# Foreign header (prefix) -> the only places that may include it. Bench and tests may use the peers.
ONLY_IN = {
    "zmq": ("protocol/zmq/",),
    "hdf5": ("results/", "tests/results/"),
    "ql/": ("pricing/trades/", "bench/", "tests/"),
    "sqlite3": ("scheduler/server/", "tests/scheduler/server/"),
    "google/protobuf": ("protocol/",),
    "Eigen/": ("pricing/market/", "pricing/kernels/", "bench/", "tests/pricing/"),
    "omp.h": ("pricing/kernels/", "worker/agent/", "bench/"),
    "toml++": ("pricing/history/",),
    "CLI/": ("cli/", "worker/agent/", "bench/", "tests/sim/"),
    "nlohmann": ("cli/", "bench/", "tests/"),
    "sodium": ("base/digest",),
    "xxhash": ("base/digest",),
    "zlib": ("pricing/history/", "tests/pricing/history/"),
    "lzma": ("pricing/history/", "tests/pricing/history/"),
}

PURE = ("scheduler/core/", "worker/core/")
# Folders without threads, clocks, streams or sockets of their own.
QUIET = ("base/", "pricing/market/", "pricing/kernels/", "risk/", "simulate/") + PURE

# Pattern, where it is banned, why.
BANS = [
    (r"\bunordered_(map|set|multimap)\b", PURE, "hash order would leak into decisions"),
    (r"\b(float|double)\b", PURE, "no floating point in decisions"),
    (r"\b(system|steady|high_resolution)_clock\b", QUIET, "time is stamped on events"),
    (r"\bstd::(thread|jthread|mutex|condition_variable|async)\b", QUIET, "no threads here"),
    (r"#include <(iostream|fstream|ostream)>", PURE, "no streams in a pure core"),
    (r"\bstd::cout\b|\bstd::cerr\b", ("",), "print through cli/console or spdlog"),
    (r"\bstd::rand\b|\bsrand\(|\brandom_device\b", QUIET, "random numbers are counter-based"),
    (r"\bstd::views::|\bstd::ranges::views\b", ("",), "the linter cannot read views"),
    (r"^\s*using namespace (?!std::(string|chrono)_?literals|std::chrono_literals|vargrid)", ("",),
     "no using-directives"),
    (r"\bTODO\b(?!\(#\d+\))|\bFIXME\b|\bXXX\b", ("",), "write TODO(#issue) or do it"),
    (r"-ffast-math|-Ofast", ("",), "reassociation breaks equal bits"),
]

# Words that hide what a thing is; the glossary in ARCHITECTURE.md has the right ones.
BANNED_NAMES = re.compile(r"(^|[_/])(utils?|helpers?|managers?|misc|common)([_./]|$)", re.IGNORECASE)

COLUMNS_MAX = 100
LINES_MAX = 500
SOURCE_SUFFIXES = {".cpp", ".hpp"}
README_FREE = {".ci", "cmake", "docs/decisions"}


def folder_of(path):
    """The folder of the table a file belongs to: the longest prefix that is in it."""
    parts = path.split("/")[:-1]
    for end in range(len(parts), 0, -1):
        folder = "/".join(parts[:end])
        if folder in ALLOWED:
            return folder
    return None


def check_includes(path, lines, findings):
    folder = folder_of(path)
    if folder is None:
        findings.append((path, 1, "this folder is not in the include table of tests/tidy"))
        return
    for number, line in enumerate(lines, 1):
        own = re.match(r'\s*#include "([^"]+)"', line)
        foreign = re.match(r"\s*#include <([^>]+)>", line)
        if own and ALLOWED[folder] is not EVERYTHING:
            check_own_include(path, folder, own.group(1), number, findings)
        if foreign:
            for prefix, places in ONLY_IN.items():
                if foreign.group(1).startswith(prefix) and not path.startswith(places):
                    findings.append((path, number,
                                     f"<{foreign.group(1)}> belongs in {' or '.join(places)} only"))


def check_own_include(path, folder, header, number, findings):
    if header == "messages.pb.h" or header.endswith("/messages.pb.h"):
        if folder != "protocol":
            findings.append((path, number, "generated messages belong in protocol/ only"))
        return
    target = folder_of(header)
    if target == folder:
        return
    if target is None:
        findings.append((path, number, f'"{header}": include paths start at the repository root'))
    elif target == "protocol" and "protocol/ids" in ALLOWED[folder]:
        if header not in ID_HEADERS:
            findings.append((path, number, f'a pure core may not include "{header}"'))
    elif target not in ALLOWED[folder]:
        findings.append((path, number, f'{folder}/ may not include "{header}"'))


def check_bans(path, lines, findings):
    if path.startswith("tests/tidy/"):
        return
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        for pattern, places, why in BANS:
            if path.startswith(tuple(places)) and re.search(pattern, code):
                findings.append((path, number, f"'{code.strip()[:60]}': {why}"))


def check_sizes(path, lines, findings):
    reason_given = any("Long because" in line for line in lines[:5])
    if len(lines) > LINES_MAX and not reason_given:
        findings.append((path, 1, f"{len(lines)} lines; past {LINES_MAX} the first comment says "
                                  "'Long because ...'"))
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and "http" not in line:
            findings.append((path, number, f"{len(line)} columns, at most {COLUMNS_MAX}"))


def check_listed(root, path, findings):
    """A source file that no CMake file names is built by nobody."""
    here = root / path
    name = here.name
    for folder in [here.parent, *here.parent.parents]:
        for cmake in [folder / "CMakeLists.txt", *folder.glob("*.cmake")]:
            if cmake.exists() and re.search(rf"\b{re.escape(name)}\b", cmake.read_text()):
                return
        if folder == root:
            break
    findings.append((path, 1, "not named in any CMakeLists.txt"))


def check_readmes(root, files, findings):
    folders = {str(pathlib.PurePosixPath(f).parent) for f in files}
    for folder in sorted(folders):
        if folder == "." or folder in README_FREE or folder.startswith(("tests/", "examples/")):
            continue
        if not (root / folder / "README.md").exists():
            findings.append((folder, 0, "no README.md"))


def check_links(root, path, lines, findings):
    fenced = False
    for number, line in enumerate(lines, 1):
        fenced ^= line.startswith("```")
        if fenced:
            continue
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
            if "://" not in target and not (root / path).parent.joinpath(target).exists():
                findings.append((path, number, f"link to '{target}' leads nowhere"))
        for target in re.findall(r"`((?:docs|tests|bench|cli|risk|base|pricing|results|protocol|"
                                 r"scheduler|worker|examples|deploy)/[\w./-]+\.\w+)`", line):
            if not (root / target).exists():
                findings.append((path, number, f"'{target}' does not exist"))


def check(root, files):
    findings = []
    for path in files:
        suffix = pathlib.PurePosixPath(path).suffix
        if BANNED_NAMES.search(path):
            findings.append((path, 1, "a name that says nothing (see the glossary)"))
        if suffix not in SOURCE_SUFFIXES | {".md", ".py"}:
            continue
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if suffix in SOURCE_SUFFIXES:
            check_includes(path, lines, findings)
            check_bans(path, lines, findings)
            check_sizes(path, lines, findings)
        if suffix == ".cpp":
            check_listed(root, path, findings)
        if suffix == ".md":
            check_links(root, path, lines, findings)
    check_readmes(root, files, findings)
    return findings


def tracked_files(root):
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                             cwd=root, capture_output=True, text=True, check=True)
    return sorted(f for f in listing.stdout.splitlines() if (root / f).is_file())


def self_test():
    """Each rule must be able to fail."""
    bad = {
        "risk/a.cpp": '#include "protocol/messages.hpp"\n#include <zmq.hpp>\nint a = 0;\n',
        "scheduler/core/b.hpp": '#include "protocol/messages.hpp"\n#include <unordered_map>\n'
                                "std::unordered_map<int, int> m;\ndouble x;\n",
        "base/c.cpp": "// " + "x" * 120 + "\n" + "int y;\n" * 501 + "std::cout << 1;\n",
        "cli/helper.cpp": "int z; /* TODO */ int TODO;\n",
        "docs/d.md": "[gone](nowhere.md) and `risk/gone.hpp`\n",
    }
    expected = ['may not include "protocol/messages.hpp"', "belongs in protocol/zmq/ only",
                "a pure core may not include", "hash order", "no floating point", "columns",
                "503 lines", "print through", "says nothing", "write TODO", "not named in any",
                "leads nowhere", "does not exist", "no README.md"]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in bad.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        found = "\n".join(text for _, _, text in check(root, sorted(bad)))
    missing = [text for text in expected if text not in found]
    for text in missing:
        print(f"self-test: no finding with '{text}'")
    return 1 if missing else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    root = pathlib.Path.cwd()
    findings = check(root, tracked_files(root))
    for path, line, text in findings:
        print(f"{path}:{line}: {text}")
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
