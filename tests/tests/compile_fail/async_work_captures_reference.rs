//! Work that is awaited goes on for a while on its own thread, also when the future is dropped.

use clib::async_bridge::AsyncPool;

async fn read(pool: &AsyncPool) -> clib::Result<i64> {
    let key = 4711;
    pool.read(|conn| conn.query_row("SELECT ?1", [&key], |row| row.get(0)))
        .await
}

fn main() {
    let _ = read;
}
