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

#[cfg(test)]
mod tests {
    use super::*;

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
