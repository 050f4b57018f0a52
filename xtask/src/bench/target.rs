//! What the benchmark is meant to show: at 1,000,000 rows, one thread unless the case says otherwise, a warm cache.

/// `(case, peer, the peer's time over ours at least)`.
const TARGETS: [(&str, &str, f64); 21] = [
    ("scan", "c-loop", 3.5),
    ("scan", "rusqlite", 5.0),
    ("scan", "adbc", 12.0),
    ("scan", "go-sqlite3", 38.0),
    ("scan-2of10", "c-loop", 2.2),
    // Where two plain processes at once do 1.8 times the work of one.
    ("scan-parallel", "own", 1.6),
    ("scan-cold", "c-loop", 2.0),
    ("fill", "c-loop", 1.3),
    ("fill-100x10", "go-sqlite3", 15.0),
    ("fill-100x10", "rusqlite", 1.5),
    ("load", "c-loop", 2.3),
    ("load", "c-multivalues", 2.0),
    ("load", "rusqlite", 2.7),
    ("load", "adbc", 5.0),
    ("load", "go-sqlite3", 15.0),
    ("load-3idx", "c-loop", 6.0),
    ("load-3idx-append", "c-loop", 1.5),
    ("lookup", "c-loop", 3.0),
    ("lookup-text", "c-loop", 3.0),
    ("aggregate", "c-loop", 1.5),
    // The smaller peak over the larger one: the same within 10 %.
    ("memory", "own", 0.9),
];

/// A case, and the crossings that one query of it may cost.
pub(crate) const QUERY_CROSSINGS: (&str, u64) = ("fill-100x10", 3);

/// The least ratio that is aimed at, where there is an aim.
pub(crate) fn least(case: &str, peer: &str) -> Option<f64> {
    TARGETS
        .iter()
        .find(|target| (target.0, target.1) == (case, peer))
        .map(|target| target.2)
}

/// Whether the target is met, and how far the ratio is from it; nothing where there is none.
pub(crate) fn verdict(case: &str, peer: &str, ratio: f64) -> Option<String> {
    let least = least(case, peer)?;
    let distance = (ratio / least - 1.0) * 100.0;
    Some(if ratio >= least {
        format!("target {least} met, by {distance:.0} %")
    } else {
        format!("target {least} MISSED, by {:.0} %", -distance)
    })
}

/// How many of the targets are met, in one line; `results` are `(case, peer, ratio)`.
pub(crate) fn summary<'a>(results: impl IntoIterator<Item = (&'a str, &'a str, f64)>) -> String {
    let (mut met, mut missed) = (0, 0);
    for (case, peer, ratio) in results {
        match least(case, peer) {
            Some(least) if ratio >= least => met += 1,
            Some(_) => missed += 1,
            None => {}
        }
    }
    format!(
        "targets: {met} met, {missed} missed, {} not measured",
        TARGETS.len() - met - missed
    )
}

#[cfg(test)]
mod tests {
    use super::super::case;
    use super::*;

    #[test]
    fn each_target_is_one_of_a_case_that_is_run() {
        for (case, peer, least) in TARGETS {
            let case = case::find(case).unwrap();
            assert!(case.peers.contains(&peer), "{} {peer}", case.name);
            assert!(least > 0.0);
        }
    }

    #[test]
    fn no_target_stands_twice() {
        for (index, target) in TARGETS.iter().enumerate() {
            let twice = TARGETS[..index]
                .iter()
                .any(|other| (other.0, other.1) == (target.0, target.1));
            assert!(!twice, "{} {}", target.0, target.1);
        }
    }

    #[test]
    fn the_summary_counts_what_has_a_target() {
        let results = [
            ("scan", "c-loop", 4.0),
            ("scan", "python", 9.0),
            ("load", "c-loop", 1.0),
        ];
        let rest = TARGETS.len() - 2;
        assert_eq!(
            summary(results),
            format!("targets: 1 met, 1 missed, {rest} not measured")
        );
    }

    #[test]
    fn a_verdict_says_how_far() {
        let said = |ratio| verdict("scan", "c-loop", ratio).unwrap();
        assert_eq!(said(3.5), "target 3.5 met, by 0 %");
        assert_eq!(said(7.0), "target 3.5 met, by 100 %");
        assert_eq!(said(2.8), "target 3.5 MISSED, by 20 %");
        assert_eq!(verdict("scan", "python", 9.0), None);
    }
}
