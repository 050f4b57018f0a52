// What a careful user of go-sqlite3 writes, through database/sql, to move rows from tables into slices and back. Run by
// `cargo xtask bench`:
//
//	go-sqlite3 CASE DATABASE ROWS [SCRATCH]
//
// ../data.rs says what is in the database, and what the cases are.
package main

import (
	"database/sql"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

const scan = "SELECT a, b, c, d, e, f, g, h, i, j FROM t"

// The columns of table t.
type columns struct {
	a, b, c, d []sql.NullInt64
	e, f       []sql.NullFloat64
	g, h, i, j []sql.NullString
}

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: go-sqlite3 CASE DATABASE ROWS [SCRATCH]")
	}
	rows, err := strconv.Atoi(os.Args[3])
	check(err)
	switch name, path := os.Args[1], os.Args[2]; name {
	case "scan":
		caseScan(path)
	case "fill-100x10":
		caseFill(path, rows)
	case "load":
		if len(os.Args) < 5 {
			log.Fatal("load needs SCRATCH")
		}
		caseLoad(path, os.Args[4])
	default:
		log.Fatalf("no case %s", name)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// One connection, so that settings hold for all that follows.
func open(path string, settings string) *sql.DB {
	db, err := sql.Open("sqlite3", "file:"+path+"?_mutex=no")
	check(err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec(settings)
	check(err)
	return db
}

func openWarm(path string) *sql.DB {
	db := open(path, "PRAGMA cache_size = -4000000")
	var sum int64
	check(db.QueryRow("SELECT sum(length(j)) FROM t").Scan(&sum))
	return db
}

func (c *columns) read(rows *sql.Rows, err error) {
	check(err)
	defer rows.Close()
	var a, b, cc, d sql.NullInt64
	var e, f sql.NullFloat64
	var g, h, i, j sql.NullString
	for rows.Next() {
		check(rows.Scan(&a, &b, &cc, &d, &e, &f, &g, &h, &i, &j))
		c.a = append(c.a, a)
		c.b = append(c.b, b)
		c.c = append(c.c, cc)
		c.d = append(c.d, d)
		c.e = append(c.e, e)
		c.f = append(c.f, f)
		c.g = append(c.g, g)
		c.h = append(c.h, h)
		c.i = append(c.i, i)
		c.j = append(c.j, j)
	}
	check(rows.Err())
}

func caseScan(path string) {
	db := openWarm(path)
	start := time.Now()
	var c columns
	c.read(db.Query(scan))
	elapsed := time.Since(start)
	var sums [10]checksum
	c.addTo(&sums)
	report(len(c.a), 1, elapsed, finish(sums[:]))
}

func caseFill(path string, rows int) {
	db := openWarm(path)
	stmt, err := db.Prepare(scan + " WHERE rowid > ?1 LIMIT 100")
	check(err)
	var sums [10]checksum
	var elapsed time.Duration
	read, queries := 0, rows/100
	for query := 0; query < queries; query++ {
		start := time.Now()
		var c columns
		c.read(stmt.Query(query * 7919 % (rows - 99)))
		elapsed += time.Since(start)
		read += len(c.a)
		c.addTo(&sums)
	}
	report(read, queries, elapsed, finish(sums[:]))
}

func caseLoad(path string, scratch string) {
	var c columns
	c.read(open(path, "PRAGMA query_only = 1").Query(scan))
	db := open(scratch, "PRAGMA synchronous = OFF")
	_, err := db.Exec("CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e REAL, f REAL, g TEXT, h TEXT, i TEXT, j TEXT)")
	check(err)
	start := time.Now()
	tx, err := db.Begin()
	check(err)
	stmt, err := tx.Prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	check(err)
	for r := range c.a {
		_, err := stmt.Exec(c.a[r], c.b[r], c.c[r], c.d[r], c.e[r], c.f[r], c.g[r], c.h[r], c.i[r], c.j[r])
		check(err)
	}
	check(stmt.Close())
	check(tx.Commit())
	elapsed := time.Since(start)
	check(db.Close())
	report(len(c.a), 1, elapsed, "")
}

func report(rows int, queries int, elapsed time.Duration, sum string) {
	version, _, _ := sqlite3.Version()
	fmt.Printf("{\"rows\": %d, \"queries\": %d, \"ns\": %d, \"checksum\": \"%s\", \"sqlite\": \"%s\"}\n",
		rows, queries, elapsed.Nanoseconds(), sum, version)
}
