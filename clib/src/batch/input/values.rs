//! Vectors that can be a table input's column.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, Float64Array, Int32Array, Int64Array, StringArray, UInt32Array,
};

/// Values for [`Connection::table_input_of`](crate::Connection::table_input_of): vectors of integers, floats, texts and blobs, with
/// `None` for NULL, and any Arrow array.
///
/// Sealed: what is not here can be made an [`ArrayRef`].
pub trait InputValues: sealed::Sealed {
    #[doc(hidden)]
    fn into_array(self) -> ArrayRef;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! vectors {
    ($($from:ty => $array:ty;)*) => {
        $(
            impl sealed::Sealed for $from {}
            impl InputValues for $from {
                fn into_array(self) -> ArrayRef {
                    Arc::new(<$array>::from(self))
                }
            }
        )*
    };
}

vectors! {
    Vec<i32> => Int32Array;
    Vec<u32> => UInt32Array;
    Vec<i64> => Int64Array;
    Vec<f64> => Float64Array;
    Vec<Option<i64>> => Int64Array;
    Vec<Option<f64>> => Float64Array;
    Vec<&str> => StringArray;
    Vec<Option<&str>> => StringArray;
    Vec<String> => StringArray;
    Vec<Option<String>> => StringArray;
    Vec<&[u8]> => BinaryArray;
    Vec<Option<&[u8]>> => BinaryArray;
}

impl sealed::Sealed for ArrayRef {}
impl InputValues for ArrayRef {
    fn into_array(self) -> ArrayRef {
        self
    }
}

impl sealed::Sealed for &[i64] {}
/// Copied into a vector.
impl InputValues for &[i64] {
    fn into_array(self) -> ArrayRef {
        self.to_vec().into_array()
    }
}

impl sealed::Sealed for &[f64] {}
/// Copied into a vector.
impl InputValues for &[f64] {
    fn into_array(self) -> ArrayRef {
        self.to_vec().into_array()
    }
}
