use clib::{Connection, Result};

fn main() -> Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT 'a' = 'b' COLLATE c")?;
    conn.remove_collation("c")?;
    conn.remove_commit_hook();
    conn.remove_update_hook();
    stmt.query(()).map(drop)
}
