//! [`Variadic`].

use std::ops::Deref;
use std::sync::OnceLock;

/// A C function with a variable number of arguments, looked up when it is used first. It is called as the function would
/// be; as a value it is `*function`.
pub struct Variadic<F> {
    function: OnceLock<F>,
    find: fn() -> F,
}

impl<F> Variadic<F> {
    pub(super) const fn new(find: fn() -> F) -> Self {
        Self {
            function: OnceLock::new(),
            find,
        }
    }
}

impl<F> Deref for Variadic<F> {
    type Target = F;

    fn deref(&self) -> &F {
        self.function.get_or_init(self.find)
    }
}
