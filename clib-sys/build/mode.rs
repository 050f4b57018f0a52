//! Which link mode: the environment over the features, and among features the order of [`ALL`].

use std::fmt;

/// Names a mode, over what the features say.
pub(crate) const OVERRIDE: &str = "CLIB_SYS_LINK";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Vendored,
    System,
    External,
    Dlopen,
}

/// Every mode, the preferred one first.
const ALL: [Mode; 4] = [Mode::Vendored, Mode::System, Mode::External, Mode::Dlopen];

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Vendored => "vendored",
            Self::System => "system",
            Self::External => "external",
            Self::Dlopen => "dlopen",
        }
    }

    fn is_enabled(self) -> bool {
        match self {
            Self::Vendored => cfg!(feature = "vendored"),
            Self::System => cfg!(feature = "system"),
            Self::External => cfg!(feature = "external"),
            Self::Dlopen => cfg!(feature = "dlopen"),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The modes whose features are on, in order of preference.
pub(crate) fn enabled() -> Vec<Mode> {
    ALL.into_iter().filter(|mode| mode.is_enabled()).collect()
}

/// The mode to use. `asked` is the value of [`OVERRIDE`].
pub(crate) fn choose(asked: Option<&str>, enabled: &[Mode]) -> Result<Mode, String> {
    match asked {
        None | Some("") => enabled
            .first()
            .copied()
            .ok_or_else(|| format!("no link mode: turn on one of the features {}", names(&ALL))),
        Some(asked) => {
            let mode = ALL
                .into_iter()
                .find(|mode| mode.name() == asked)
                .ok_or_else(|| format!("{OVERRIDE}={asked} is not one of {}", names(&ALL)))?;
            if enabled.contains(&mode) {
                Ok(mode)
            } else {
                Err(format!(
                    "{OVERRIDE}={asked} needs the feature `{asked}`; on are: {}",
                    names(enabled)
                ))
            }
        }
    }
}

fn names(modes: &[Mode]) -> String {
    if modes.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<_> = modes.iter().map(|mode| format!("`{mode}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_enabled_mode_is_taken() {
        for (place, mode) in ALL.into_iter().enumerate() {
            assert_eq!(choose(None, &ALL[place..]), Ok(mode));
            assert_eq!(choose(Some(""), &[mode]), Ok(mode));
        }
    }

    #[test]
    fn the_environment_comes_first() {
        for mode in ALL {
            assert_eq!(choose(Some(mode.name()), &ALL), Ok(mode));
        }
    }

    #[test]
    fn errors_name_the_way_out() {
        let none = choose(None, &[]).unwrap_err();
        assert_eq!(
            none,
            "no link mode: turn on one of the features `vendored`, `system`, `external`, `dlopen`"
        );
        let unknown = choose(Some("static"), &ALL).unwrap_err();
        assert_eq!(
            unknown,
            "CLIB_SYS_LINK=static is not one of `vendored`, `system`, `external`, `dlopen`"
        );
        let off = choose(Some("system"), &[Mode::Vendored, Mode::Dlopen]).unwrap_err();
        assert_eq!(
            off,
            "CLIB_SYS_LINK=system needs the feature `system`; on are: `vendored`, `dlopen`"
        );
    }
}
