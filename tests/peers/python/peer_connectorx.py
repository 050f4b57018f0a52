"""ConnectorX: a query's result as an Arrow table. It opens the database itself each time, and cannot be told to keep a
larger cache of pages; the file is in the system's cache."""

import time
from urllib.parse import quote

import connectorx
import peer


def scan(path, rows):
    url = "sqlite://" + quote(path)
    connectorx.read_sql(url, peer.WARM, return_type="arrow")
    start = time.perf_counter_ns()
    table = connectorx.read_sql(url, peer.SCAN, return_type="arrow")
    elapsed = time.perf_counter_ns() - start
    # The library brings an SQLite of its own and does not hide it from SQL.
    version = connectorx.read_sql(url, "SELECT sqlite_version() AS version", return_type="arrow")
    peer.report(table.num_rows, elapsed, version.column(0)[0].as_py(), peer.of_arrow(table))


peer.main({"scan": scan})
