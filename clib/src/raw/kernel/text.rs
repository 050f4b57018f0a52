//! Text columns, validated at memory speed.

use arrow_array::StringArray;
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer};

/// The bytes as an array of text; `None` where one of them is not UTF-8.
///
/// `non_ascii` says whether a byte may be other than ASCII; where none is, there is nothing to validate.
pub(crate) fn string_array(
    offsets: OffsetBuffer<i32>,
    data: Buffer,
    nulls: Option<NullBuffer>,
    non_ascii: bool,
) -> Option<StringArray> {
    let ascii = !non_ascii || data.is_ascii();
    let reaches = usize::try_from(offsets.last()).is_ok_and(|last| last <= data.len());
    if !reaches
        || nulls
            .as_ref()
            .is_some_and(|nulls| nulls.len() + 1 != offsets.len())
    {
        return None;
    }
    if !ascii {
        let text = simdutf8::basic::from_utf8(&data).ok()?;
        // All of it together is UTF-8; each piece of it is one where it begins and ends between characters.
        let between =
            |offset: &i32| usize::try_from(*offset).is_ok_and(|at| text.is_char_boundary(at));
        if !offsets.iter().all(between) {
            return None;
        }
    }
    // SAFETY: an `OffsetBuffer` never decreases and begins at 0 or above, its last offset is within `data`, each value between
    // two offsets is UTF-8, and the null buffer has as many rows: all seen above.
    Some(unsafe { StringArray::new_unchecked(offsets, data, nulls) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;
    use arrow_buffer::ScalarBuffer;

    fn array(data: &[u8], offsets: &[i32], non_ascii: bool) -> Option<StringArray> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets.to_vec()));
        string_array(offsets, Buffer::from(data), None, non_ascii)
    }

    #[test]
    fn each_value_must_be_utf8() {
        assert_eq!(array(b"ab", &[0, 1, 2], false).unwrap().len(), 2);
        assert_eq!(
            array("aä".as_bytes(), &[0, 1, 3], true).unwrap().value(1),
            "ä"
        );
        // Characters that are cut, and bytes that are none.
        assert!(array("aä".as_bytes(), &[0, 2, 3], true).is_none());
        assert!(array(b"a\xFF", &[0, 1, 2], true).is_none());
        // Offsets beyond the end.
        assert!(array(b"a", &[0, 2], false).is_none());
    }
}
