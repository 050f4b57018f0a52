//! Text forms of values that Arrow has and SQLite has not. They are written into a buffer that is used again and read from
//! the bytes that SQLite lends, without allocation.

pub(super) mod decimal;
pub(super) mod temporal;

/// Reads decimal digits off the front of a text.
#[derive(Clone, Copy)]
struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes one byte, if it is that one.
    fn take(&mut self, byte: u8) -> Option<()> {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                Some(())
            }
            _ => None,
        }
    }

    /// Takes a number of exactly `count` digits.
    fn number(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        let mut number = 0_u32;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u32::from(digit - b'0');
        }
        self.rest = rest;
        Some(number)
    }

    /// Takes all digits at the front, which may be none.
    fn digits(&mut self) -> &'a [u8] {
        let count = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        digits
    }
}
