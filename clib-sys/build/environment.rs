//! Variables that say where SQLite is.

/// Looks a variable up, and has Cargo run the build script again when it changes.
pub(crate) fn variable(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    std::env::var(name).ok()
}

/// The value of `name` for that target: `X86_64_UNKNOWN_LINUX_GNU_NAME` wins over `NAME`. Empty values are as none.
pub(crate) fn for_target(
    name: &str,
    target: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let prefix = target.to_uppercase().replace(['-', '.'], "_");
    [format!("{prefix}_{name}"), name.to_owned()]
        .iter()
        .filter_map(|name| variable(name))
        .find(|value| !value.is_empty())
}

/// Whether the library is to be linked statically, by pkg-config's conventions.
#[cfg_attr(not(feature = "system"), allow(dead_code, reason = "for that mode"))]
pub(crate) fn asks_static(ask: impl Fn(&str) -> Option<String>) -> bool {
    ask("SQLITE3_STATIC").is_some_and(|value| value != "0")
        || (ask("SQLITE3_DYNAMIC").is_none() && ask("PKG_CONFIG_ALL_STATIC").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_is_asked_for_one_library_or_for_all() {
        let asks = |variables: &[(&str, &str)]| {
            asks_static(|name| {
                let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
                Some((*value).to_owned())
            })
        };
        let all = ("PKG_CONFIG_ALL_STATIC", "1");
        assert!(!asks(&[]));
        assert!(asks(&[("SQLITE3_STATIC", "1")]));
        assert!(!asks(&[("SQLITE3_STATIC", "0")]));
        assert!(asks(&[all]));
        assert!(!asks(&[all, ("SQLITE3_DYNAMIC", "1")]));
    }

    #[test]
    fn the_targets_own_variable_wins() {
        let target = "thumbv7em-none-eabihf.json";
        let find = |names: &[(&str, &str)]| {
            for_target("DIR", target, |name| {
                let (_, value) = names.iter().find(|(known, _)| *known == name)?;
                Some((*value).to_owned())
            })
        };
        let own = ("THUMBV7EM_NONE_EABIHF_JSON_DIR", "own");
        assert_eq!(find(&[]), None);
        assert_eq!(find(&[("DIR", "general")]).as_deref(), Some("general"));
        assert_eq!(find(&[("DIR", "general"), own]).as_deref(), Some("own"));
        assert_eq!(
            find(&[("DIR", "general"), (own.0, "")]).as_deref(),
            Some("general")
        );
    }
}
