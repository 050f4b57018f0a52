"""What the peers in Python share: arguments, the report, and the checksum (see ../checksum.rs).

Each is a program of its own, run by `cargo xtask bench`:

    python peer_NAME.py CASE DATABASE ROWS [SCRATCH]

../data.rs says what is in the database, and what the cases are.
"""

import json
import operator
import sys

COLUMNS = "a, b, c, d, e, f, g, h, i, j"
KINDS = "iiiirrtttt"
SCAN = f"SELECT {COLUMNS} FROM t"
CREATE = (
    "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e REAL, f REAL, "
    "g TEXT, h TEXT, i TEXT, j TEXT)"
)
READING = "PRAGMA cache_size = -4000000"
WARM = "SELECT sum(length(j)) FROM t"
MASK = (1 << 64) - 1


def main(cases):
    """Runs the case that the command line names. Each case gets the arguments behind its name."""
    name, path, rows, *scratch = sys.argv[1:]
    if name not in cases:
        sys.exit(f"no case {name}")
    cases[name](path, int(rows), *scratch)


def report(rows, elapsed, sqlite, checksum="", queries=1):
    """Prints the line that `cargo xtask bench` reads."""
    line = {
        "rows": rows,
        "queries": queries,
        "ns": elapsed,
        "checksum": checksum,
        "sqlite": sqlite,
    }
    print(json.dumps(line))


def weighed(values, start=0):
    """The sum of values, each times twice its place plus one."""
    return sum(map(operator.mul, values, range(2 * start + 1, sys.maxsize, 2))) & MASK


def words(data):
    """Bytes as words of eight, the last one filled up with zeros."""
    return memoryview(data + bytes(-len(data) % 8)).cast("Q")


def finish(parts):
    """The checksum of columns, each given as (NULLs, values, words)."""
    total = 0xCBF29CE484222325
    for part in (part for column in parts for part in column):
        total = ((total ^ part) * 0x100000001B3) & MASK
        total = ((total << 23) | (total >> 41)) & MASK
    return f"{total:016x}"


def of_arrow(table):
    """The checksum of a pyarrow table."""
    return finish(of_arrow_column(table.column(i), kind) for i, kind in enumerate(KINDS))


def of_arrow_column(column, kind):
    """The parts of the checksum of one column, whatever its chunks are."""
    import pyarrow
    import pyarrow.compute

    nulls = weighed(pyarrow.compute.is_null(column).cast("uint8").to_pylist())
    if kind == "t":
        binary = column.cast(pyarrow.large_binary())
        lengths = pyarrow.compute.binary_length(binary).fill_null(0).to_pylist()
        data = b"".join(binary.drop_null().to_pylist())
        return nulls, weighed(lengths), weighed(words(data))
    numbers = column.cast("int64" if kind == "i" else "float64").fill_null(0)
    chunks = numbers.chunks if isinstance(numbers, pyarrow.ChunkedArray) else [numbers]
    total, row = 0, 0
    for chunk in chunks:
        bits = memoryview(chunk.buffers()[1]).cast("B").cast("Q")
        total += weighed(bits[chunk.offset : chunk.offset + len(chunk)], row)
        row += len(chunk)
    return nulls, total & MASK, 0
