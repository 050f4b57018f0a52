package main

import (
	"database/sql"
	"fmt"
	"math"
	"math/bits"
)

// The checksum of one column; see ../checksum.rs.
type checksum struct {
	rows, nulls, values, words, wordCount, pending uint64
	pendingBytes                                   uint
}

func (s *checksum) weight() uint64 {
	s.rows++
	return 2*s.rows - 1
}

func (s *checksum) value(valid bool, value uint64) {
	if valid {
		s.values += value * s.weight()
	} else {
		s.nulls += s.weight()
	}
}

func (s *checksum) word() {
	s.words += s.pending * (2*s.wordCount + 1)
	s.wordCount++
	s.pending, s.pendingBytes = 0, 0
}

func (s *checksum) integers(values []sql.NullInt64) {
	for _, v := range values {
		s.value(v.Valid, uint64(v.Int64))
	}
}

func (s *checksum) reals(values []sql.NullFloat64) {
	for _, v := range values {
		s.value(v.Valid, math.Float64bits(v.Float64))
	}
}

func (s *checksum) texts(values []sql.NullString) {
	for _, v := range values {
		s.value(v.Valid, uint64(len(v.String)))
		for i := 0; v.Valid && i < len(v.String); i++ {
			s.pending |= uint64(v.String[i]) << (8 * s.pendingBytes)
			s.pendingBytes++
			if s.pendingBytes == 8 {
				s.word()
			}
		}
	}
}

func (c *columns) addTo(sums *[10]checksum) {
	sums[0].integers(c.a)
	sums[1].integers(c.b)
	sums[2].integers(c.c)
	sums[3].integers(c.d)
	sums[4].reals(c.e)
	sums[5].reals(c.f)
	sums[6].texts(c.g)
	sums[7].texts(c.h)
	sums[8].texts(c.i)
	sums[9].texts(c.j)
}

func finish(sums []checksum) string {
	all := uint64(0xcbf29ce484222325)
	for i := range sums {
		s := &sums[i]
		if s.pendingBytes > 0 {
			s.word()
		}
		for _, part := range []uint64{s.nulls, s.values, s.words} {
			all = bits.RotateLeft64((all^part)*0x100000001b3, 23)
		}
	}
	return fmt.Sprintf("%016x", all)
}
