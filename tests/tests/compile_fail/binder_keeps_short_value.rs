use clib::{Binder, Params, Result};

struct Short;

impl Params for Short {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        let text = "text".to_owned();
        binder.bind(1, &text)
    }
}

fn main() {}
