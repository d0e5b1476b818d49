"""Broken files and command lines. A row: name, what is done to a good sample, the command, the exit
code, and words that its error must contain (a regular expression, over lines too).

In a command `{sample}` is the damaged copy of the sample, `{out}` a fresh output folder, `{results}` the
results folder of a good run, `{free}` an endpoint where nobody listens."""

import gzip
import lzma

FAILED, USAGE, NOT_FOUND, UNREACHABLE = 1, 2, 3, 4


# ---- What can be done to a file: name -> function from its bytes to the damaged bytes ---------

def replace(old, new, count=1):
    def edit(content):
        assert old.encode() in content, f"'{old}' is not in the sample any more"
        return content.replace(old.encode(), new.encode(), count)
    return edit


def append(text):
    return lambda content: content + (text if isinstance(text, bytes) else text.encode())


def become(content):
    return lambda _: content if isinstance(content, bytes) else content.encode()


def cut(share):
    return lambda content: content[:int(len(content) * share)]


def flip(share):
    """One bit, so far into the file."""
    def edit(content):
        at = int(len(content) * share)
        return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1:]
    return edit


def edit_line(number, function):
    """Lines count from 1, as in the errors."""
    def edit(content):
        lines = content.split(b"\n")
        lines[number - 1] = function(lines[number - 1].decode()).encode()
        return b"\n".join(lines)
    return edit


def cell(number, column, text):
    """One cell of a CSV without quotes."""
    def edit(content):
        lines = content.decode().split("\n")
        cells = lines[number - 1].split(",")
        cells[lines[0].split(",").index(column)] = text
        lines[number - 1] = ",".join(cells)
        return "\n".join(lines).encode()
    return edit


def header_only(content):
    return content.split(b"\n")[0] + b"\n"


def compressed(pack, damage):
    return lambda content: damage(pack(content))


def both(*edits):
    def edit(content):
        for one in edits:
            content = one(content)
        return content
    return edit


GONE = object()
FOLDER = object()

VALIDATE = ["validate", "{sample}/job.toml"]
RUN = ["run", "{sample}/job.toml", "--workers", "1", "--out", "{out}"]


def trades(name, edit, words, command=None):
    return (f"trades: {name}", {"trades.csv": edit}, command or VALIDATE, FAILED, words)


def trade_row(row):
    """A book of one row under the usual header."""
    return lambda content: (
        b",".join(content.split(b"\n")[0].split(b",")) + b"\n" + row_of(content, row).encode())


def row_of(content, row):
    header = content.decode().split("\n")[0].split(",")
    unknown = set(row) - set(header)
    assert not unknown, f"no such columns: {unknown}"
    return ",".join(str(row.get(column, "")) for column in header) + "\n"


SWAP = {"id": "S", "book": "rates", "type": "swap", "direction": "pay", "notional": 1000000,
        "index": "EUR-EURIBOR-6M", "rate": 0.01, "start_date": "2021-09-15",
        "maturity": "2026-09-15"}
OPTION = {"id": "O", "book": "eq", "type": "equity_option", "asset": "ARDEN",
          "option_type": "call", "quantity": 10, "strike": 100, "maturity": "2022-06-30"}
CASH = {"id": "C", "book": "b", "type": "cash", "currency": "EUR", "amount": 1}


def bad_row(name, good, change, words):
    return trades(name, trade_row({**good, **change}), words)


TRADES = [
    trades("no such file", GONE, r"trades\.csv"),
    trades("a folder", FOLDER, r"trades\.csv"),
    trades("empty", become(""), r"trades\.csv.*(empty|header)"),
    trades("header only: zero trades", header_only, r"the book has no trades"),
    trades("random bytes", become(bytes(range(256)) * 64), r"trades\.csv:1"),
    trades("cut off in a row", cut(0.613), r"trades\.csv:\d+: .*cells"),
    trades("no id column", replace("id,book", "nr,book"), r"'nr'|'id'"),
    trades("unknown column", replace(",amount,", ",amounts,"), r"amounts"),
    trades("repeated column", replace(",amount,", ",currency,"), r"'currency'.*every column once"),
    trades("a cell too many", edit_line(5, lambda line: line + ",x"), r"trades\.csv:5: .*cells"),
    trades("quote never closed", append('"X,'), r"trades\.csv:\d+.*quote"),
    trades("line of 2 MiB", append("X" * (2 << 20) + "\n"), r"trades\.csv:\d+.*(long|bytes|MiB)"),
    trades("zero byte", edit_line(3, lambda line: line.replace("COF", "C\0F", 1)),
           r"trades\.csv:3: .*not UTF-8 text at position 2"),
    trades("duplicate id", lambda content: content + content.split(b"\n")[1] + b"\n",
           r"(?s)trades\.csv:\d+.*'id'.*FXF-000001"),
    bad_row("NaN notional", SWAP, {"notional": "nan"}, r"trades\.csv:2: column 'notional'.*nan"),
    bad_row("infinite notional", SWAP, {"notional": "inf"}, r"column 'notional'.*inf"),
    bad_row("number beyond double", SWAP, {"notional": "1e999"}, r"column 'notional'.*1e999"),
    bad_row("words for a number", SWAP, {"rate": "two"}, r"column 'rate'.*'two'"),
    bad_row("percent sign", SWAP, {"rate": "2%"}, r"column 'rate'.*'2%'"),
    bad_row("thousands separator", CASH, {"amount": '"1,000"'}, r"column 'amount'.*1,000"),
    bad_row("unknown type", CASH, {"type": "swaption"}, r"column 'type'.*swaption"),
    bad_row("unknown currency", CASH, {"currency": "XXX"}, r"XXX"),
    bad_row("unknown asset", OPTION, {"asset": "NOPE"}, r"column 'asset'.*NOPE"),
    bad_row("unknown index", SWAP, {"index": "EUR-EURIBOR-9M"}, r"column 'index'.*EURIBOR-9M"),
    bad_row("unknown option type", OPTION, {"option_type": "straddle"}, r"straddle"),
    bad_row("negative strike", OPTION, {"strike": -1}, r"column 'strike'"),
    bad_row("30 February", SWAP, {"maturity": "2026-02-30"}, r"column 'maturity'.*2026-02-30"),
    bad_row("date of 1066", SWAP, {"start_date": "1066-10-14"}, r"'start_date'.*1066"),
    bad_row("date of 9999", SWAP, {"maturity": "9999-12-31"}, r"column 'maturity'.*9999"),
    bad_row("maturity before start", SWAP, {"maturity": "2021-01-01"}, r"column 'maturity'"),
    bad_row("a cell the type does not use", CASH, {"strike": 1}, r"column 'strike'"),
    bad_row("two maturities", OPTION, {"maturity_years": 1}, r"maturity_years"),
    bad_row("book path with a hole", CASH, {"book": "a//b"}, r"column 'book'.*a//b"),
    ("trades: missing past fixing", {
        "trades.csv": trade_row({**SWAP, "start_date": "2021-03-15"}), "fixings.csv": header_only},
     VALIDATE, FAILED, r"EUR-EURIBOR-6M.*2021-03-11"),
    trades("every bad row, not the first only",
           both(cell(2, "notional", "x"), cell(9, "strike", "y"), cell(14, "rate", "z")),
           r"(?s)csv:2: .*csv:9: .*csv:14: "),
    trades("nothing left after skipping", trade_row({**CASH, "currency": "XXX"}),
           r"every trade of the book is bad", [*VALIDATE, "--skip-bad-trades"]),
]

FIXINGS = [
    ("fixings: words for a number", {"fixings.csv": edit_line(3, lambda l: l + "x")}, VALIDATE,
     FAILED, r"fixings\.csv:3"),
    ("fixings: another header", {"fixings.csv": replace("Reference", "Index")}, VALIDATE, FAILED,
     r"fixings\.csv:1"),
    ("fixings: two values of one date", {"fixings.csv": lambda content: content + content.split(
        b"\n")[1].replace(b"-0.00", b"-0.01") + b"\n"}, VALIDATE, FAILED, r"fixings\.csv:\d+"),
    ("fixings: no such file", {"fixings.csv": GONE}, VALIDATE, FAILED, r"fixings\.csv"),
]


def market(name, edit, words, code=FAILED):
    return (f"market: {name}", {"market.toml": edit}, VALIDATE, code, words)


MARKET = [
    market("no such file", GONE, r"market\.toml: no such file"),
    market("cut off", cut(0.5), r"market\.toml"),
    market("not TOML", become("[[["), r"market\.toml:1"),
    market("schema of the future", replace("schema = 1", "schema = 99"), r"schema"),
    market("missing key", replace("pivot_currency", "pivot_curency"), r"pivot_currency.*missing"),
    market("unknown key", replace("[missing]", "[missing]\nrules = 1"), r"rules"),
    market("unknown table", append("\n[surprise]\nx = 1\n"), r"surprise"),
    market("source file not there", replace('"fx.csv"', '"none.csv"'), r"none\.csv: no such file"),
    market("unset variable", replace('"fx.csv"', '"${VARGRID_NO_SUCH}/fx.csv"'),
           r"VARGRID_NO_SUCH"),
    market("column not there", replace('column = "ARDEN"', 'column = "ARDEM"'), r"ARDEM"),
    market("unknown source", replace('source = "fx"', 'source = "fy"'), r"fy"),
    market("unknown interpolation", replace("natural_cubic_zero", "magic"), r"magic"),
    market("unknown shift", replace('fx = "relative"', 'fx = "sideways"'), r"sideways"),
    market("pillars out of order", replace("years = 0.5,", "years = 40,"), r"(?i)pillar|years"),
    market("pillar of NaN years", replace("years = 0.5,", "years = nan,"), r"years"),
    market("negative pillar", replace("years = 0.25,", "years = -0.25,"),
           r"pillars must be positive"),
    market("a curve twice", replace('name = "EUR-GOV"', 'name = "EUR-ESTR"'), r"EUR-ESTR"),
    market("discounting with an unknown curve", replace('EUR = "EUR-ESTR"', 'EUR = "NOPE"'),
           r"NOPE"),
    market("a number where text belongs", replace('pivot_currency = "EUR"', "pivot_currency = 7"),
           r"pivot_currency"),
]


def history(name, edits, words, code=FAILED):
    return (f"history: {name}", edits, VALIDATE, code, words)


def packed(file, suffix, pack, damage):
    return {f"{file}{suffix}": (file, compressed(pack, damage)),
            "market.toml": replace(f'"{file}"', f'"{file}{suffix}"')}


HISTORY = [
    history("gzip cut off", packed("rates.csv", ".gz", gzip.compress, cut(0.5)), r"rates\.csv\.gz"),
    history("gzip with a flipped bit", packed("rates.csv", ".gz", gzip.compress, flip(0.5)),
            r"rates\.csv\.gz"),
    history("xz cut off", packed("rates.csv", ".xz", lzma.compress, cut(0.5)), r"rates\.csv\.xz"),
    history("xz with a flipped bit", packed("rates.csv", ".xz", lzma.compress, flip(0.5)),
            r"rates\.csv\.xz"),
    history("text named .gz", packed("rates.csv", ".gz", bytes, bytes), r"rates\.csv\.gz"),
    history("empty", {"equities.csv": become("")}, r"equities\.csv"),
    history("header only", {"equities.csv": header_only}, r"equities\.csv"),
    history("words for a number", {"equities.csv": cell(9, "ARDEN", "n.a")},
            r"equities\.csv:9.*ARDEN"),
    history("infinite price", {"equities.csv": cell(9, "ARDEN", "inf")}, r"equities\.csv:9"),
    history("13th month", {"equities.csv": cell(9, "date", "2021-13-01")}, r"equities\.csv:9"),
    history("American dates unannounced", {"equities.csv": cell(9, "date", "12/31/2020")},
            r"equities\.csv:9"),
    history("a row too short", {"equities.csv": edit_line(9, lambda l: l[:30])},
            r"equities\.csv:9.*expected 22 fields"),
    history("negative rate under relative moves", {"fx.csv": cell(9, "USD", "-3")}, r"FX/USD"),
    history("rate of zero under relative moves", {"fx.csv": cell(9, "USD", "0")}, r"FX/USD"),
    history("nothing but missing values", {"fx.csv": lambda c: c.split(b"\n")[0] + b"\n"
                                           + b"\n".join(line.split(b",")[0] + b",N/A" * 8 for line
                                                        in c.split(b"\n")[1:] if line) + b"\n"},
            r"(?i)date"),
]


def job(name, edit, words, code=FAILED, command=None):
    return (f"job: {name}", {"job.toml": edit}, command or VALIDATE, code, words)


JOB = [
    job("no such file", GONE, r"no such job file", NOT_FOUND),
    job("a folder", FOLDER, r"job\.toml"),
    job("empty", become(""), r"schema"),
    job("random bytes", become(bytes(range(256)) * 16), r"job\.toml:1"),
    job("not TOML", append("\ncount = = 3"), r"job\.toml:\d+"),
    job("a key twice", append("\n[scenarios]\ncount = 3"), r"job\.toml:\d+"),
    job("schema missing", replace("schema = 1\n", ""), r"schema"),
    job("schema of the future", replace("schema = 1", "schema = 2"), r"schema"),
    job("unknown key", replace("horizon_days", "horizon_day"), r"horizon_day'"),
    job("name with blanks", replace('"sample"', '"my job"'), r"job\.toml:3: .*'name'.*'my job'"),
    job("no book", replace('files = ["trades.csv"]', "files = []"), r"book\.files"),
    job("unknown base currency", replace('"USD"', '"XAU"'), r"XAU"),
    job("zero scenarios", replace("count = 40", "count = 0"), r"job\.toml:15: .*count"),
    job("more scenarios than history", replace("count = 40", "count = 40000"), r"40,?000"),
    job("scenarios beyond the limit", replace("count = 40", "count = 4000000000"),
        r"job\.toml:15: .*count"),
    job("scenarios as text", replace("count = 40", 'count = "40"'), r"job\.toml:15: .*count"),
    job("scenarios as a fraction", replace("count = 40", "count = 40.5"), r"job\.toml:15: .*count"),
    job("horizon of zero days", replace("horizon_days = 1", "horizon_days = 0"),
        r"job\.toml:16: .*horizon_days"),
    job("confidence above one", replace("0.99", "99.0"), r"job\.toml:\d+: .*confidence"),
    job("confidence NaN", replace("0.99", "nan"), r"job\.toml:\d+: .*confidence"),
    job("confidence of many digits", replace("0.99", "0.99001"), r"job\.toml:\d+: .*confidence"),
    job("unknown measure", replace('measure = "es"', 'measure = "cvar"'), r"cvar"),
    job("unknown estimator", replace('"fractional"', '"best"'), r"best"),
    job("estimator of the other measure", replace('"fractional"', '"ceil_rank"'), r"ceil_rank"),
    job("the same measure twice", replace("0.975", "0.99"), r"twice"),
    job("unknown risk class", replace("[book]", 'risk_classes = ["credit"]\n[book]'), r"credit"),
    job("a risk class twice", replace("[book]", 'risk_classes = ["fx", "fx"]\n[book]'), r"twice"),
    job("as_of that is no date", replace("as_of = 2021-06-30", 'as_of = "soon"'), r"as_of"),
    job("as_of before the history", replace("2021-06-30", "1990-01-01"), r"1990-01-01"),
    job("unset variable", replace('"market.toml"', '"${VARGRID_NO_SUCH}/m.toml"'),
        r"VARGRID_NO_SUCH"),
    job("block of no time", append("[plan]\nblock_microseconds = 0\n"), r"job\.toml:\d+: .*block_micro"),
    job("error in one JSON document", replace("count = 40", "count = 0"),
        r'(?s)"schema": 1.*"error".*count', command=[*VALIDATE, "--json"]),
]


def line(name, command, code, words, edits=None):
    return (f"command: {name}", edits or {}, command, code, words)


COMMANDS = [
    line("none", [], USAGE, r"(?i)subcommand"),
    line("unknown", ["rum"], USAGE, r"rum"),
    line("unknown option", [*VALIDATE, "--fast"], USAGE, r"--fast"),
    line("no job", ["run"], USAGE, r"JOB|job"),
    line("zero workers", [*RUN, "--workers", "0"], USAGE, r"workers"),
    line("workers as words", ["run", "{sample}/job.toml", "--workers", "two"], USAGE, r"workers"),
    line("unknown instruction set", [*RUN, "--isa", "sse2"], None, r"sse2"),
    line("impossible --as-of", [*VALIDATE, "--as-of", "2021-02-29"], USAGE, r"as-of.*2021-02-29"),
    line("--as-of before the history", [*VALIDATE, "--as-of", "1990-01-01"], FAILED, r"1990-01-01"),
    line("output below a file", [*RUN[:-1], "{sample}/job.toml/out"], FAILED, r"job\.toml/out"),
    line("report of nothing", ["report", "{out}/none"], NOT_FOUND, r"none"),
    line("report of a folder without results", ["report", "{sample}"], NOT_FOUND, r"results\.h5"),
    line("report of a job file", ["report", "{sample}/job.toml"], FAILED, r"job\.toml"),
    line("status without a scheduler", ["status", "--connect", "{free}"], UNREACHABLE, r"{free}"),
    line("submit without a scheduler", ["submit", "{sample}/job.toml", "--connect", "{free}",
                                        "--out", "{out}"], UNREACHABLE, r"{free}"),
    line("cancel without a scheduler", ["cancel", "1", "--connect", "{free}"], UNREACHABLE,
         r"{free}"),
    line("impossible endpoint", ["status", "--connect", "here"], FAILED, r"'here'"),
    line("cancel a word", ["cancel", "all"], USAGE, r"all|job"),
    line("generate no trades", ["generate", "--out", "{out}", "--trades", "0"], FAILED, r"trades"),
    line("generate no history", ["generate", "--out", "{out}", "--days", "0"], FAILED, r"days"),
    line("generate below a file", ["generate", "--out", "{sample}/job.toml/x"], FAILED,
         r"job\.toml"),
    line("generate until never", ["generate", "--out", "{out}", "--end", "2021-02-30"], FAILED,
         r"2021-02-30"),
    line("bind to an address of others", ["scheduler", "--bind", "tcp://192.0.2.1:1"], FAILED,
         r"192\.0\.2\.1"),
    line("bind to nonsense", ["scheduler", "--bind", "udp:7"], FAILED, r"udp:7"),
    line("journal that is text", ["scheduler", "--bind", "tcp://127.0.0.1:0", "--journal",
                                  "{sample}"], FAILED, r"journal\.db",
         {"journal.db": become("this is no database, however long it is looked at\n" * 100)}),
    line("journal below a file", ["scheduler", "--bind", "tcp://127.0.0.1:0", "--journal",
                                  "{sample}/job.toml/j"], FAILED, r"job\.toml"),
]

ROWS = [*TRADES, *FIXINGS, *MARKET, *HISTORY, *JOB, *COMMANDS]
