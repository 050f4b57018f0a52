"""ADBC's driver for SQLite: Arrow tables, from a table and back."""

import time

import adbc_driver_sqlite.dbapi
import peer


def warm(path):
    conn = adbc_driver_sqlite.dbapi.connect(path)
    with conn.cursor() as cursor:
        cursor.execute(peer.READING)
        cursor.fetchall()
        cursor.execute(peer.WARM)
        cursor.fetchall()
    return conn


def version(conn):
    with conn.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()")
        return cursor.fetchone()[0]


def read(conn):
    with conn.cursor() as cursor:
        cursor.execute(peer.SCAN)
        return cursor.fetch_arrow_table()


def scan(path, rows):
    with warm(path) as conn:
        start = time.perf_counter_ns()
        table = read(conn)
        elapsed = time.perf_counter_ns() - start
        peer.report(table.num_rows, elapsed, version(conn), peer.of_arrow(table))


def load(path, rows, scratch):
    with adbc_driver_sqlite.dbapi.connect(path) as source:
        table = read(source)
    with adbc_driver_sqlite.dbapi.connect(scratch, autocommit=True) as conn:
        with conn.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute(peer.CREATE)
            start = time.perf_counter_ns()
            cursor.execute("BEGIN")
            cursor.adbc_ingest("t", table, mode="append")
            cursor.execute("COMMIT")
            elapsed = time.perf_counter_ns() - start
        peer.report(table.num_rows, elapsed, version(conn))


peer.main({"scan": scan, "load": load})
