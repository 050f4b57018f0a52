"""Python's own sqlite3: rows as tuples, from a table and back."""

import sqlite3
import struct
import time

import peer


def warm(path):
    conn = sqlite3.connect(path)
    conn.execute(peer.READING)
    conn.execute(peer.WARM).fetchone()
    return conn


class Sums:
    """The checksum of rows that come in portions."""

    def __init__(self):
        self.columns = [[] for _ in peer.KINDS]

    def add(self, rows):
        for column, values in zip(self.columns, zip(*rows)):
            column.extend(values)

    def finish(self):
        return peer.finish(map(parts, self.columns, peer.KINDS))


def parts(values, kind):
    nulls = peer.weighed([value is None for value in values])
    if kind == "t":
        encoded = [b"" if value is None else value.encode() for value in values]
        data = peer.words(b"".join(encoded))
        return nulls, peer.weighed(map(len, encoded)), peer.weighed(data)
    present = [0 if value is None else value for value in values]
    if kind == "r":
        present = struct.unpack(f"{len(present)}Q", struct.pack(f"{len(present)}d", *present))
    return nulls, peer.weighed(present), 0


def scan(path, rows):
    conn = warm(path)
    start = time.perf_counter_ns()
    found = conn.execute(peer.SCAN).fetchall()
    elapsed = time.perf_counter_ns() - start
    sums = Sums()
    sums.add(found)
    peer.report(len(found), elapsed, sqlite3.sqlite_version, sums.finish())


def fill_100x10(path, rows):
    conn = warm(path)
    sql = peer.SCAN + " WHERE rowid > ?1 LIMIT 100"
    sums, elapsed, read, queries = Sums(), 0, 0, rows // 100
    for query in range(queries):
        # The connection keeps the prepared statement.
        start = time.perf_counter_ns()
        found = conn.execute(sql, (query * 7919 % (rows - 99),)).fetchall()
        elapsed += time.perf_counter_ns() - start
        read += len(found)
        sums.add(found)
    peer.report(read, elapsed, sqlite3.sqlite_version, sums.finish(), queries)


def load(path, rows, scratch):
    source = sqlite3.connect(path).execute(peer.SCAN).fetchall()
    conn = sqlite3.connect(scratch)
    conn.execute("PRAGMA synchronous = OFF")
    conn.execute(peer.CREATE)
    start = time.perf_counter_ns()
    with conn:
        conn.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", source)
    elapsed = time.perf_counter_ns() - start
    conn.close()
    peer.report(len(source), elapsed, sqlite3.sqlite_version)


peer.main({"scan": scan, "fill-100x10": fill_100x10, "load": load})
