//! Making a case that fails smaller: what makes no difference to the failure is dropped.

use crate::action::Action;

/// How many tries are worth a shorter report.
const TRIES: usize = 400;

/// Drops steps, and rows of steps, as long as the case still fails.
pub fn steps<C: Clone>(
    case: &mut C,
    steps: impl Fn(&mut C) -> &mut Vec<Action>,
    mut fails: impl FnMut(&C) -> bool,
) {
    let mut tries = TRIES;
    let mut attempt = |case: &mut C, change: &dyn Fn(&mut Vec<Action>)| {
        if tries == 0 {
            return false;
        }
        tries -= 1;
        let mut smaller = case.clone();
        change(steps(&mut smaller));
        let keeps = fails(&smaller);
        if keeps {
            *case = smaller;
        }
        keeps
    };
    // From the end: what comes later depends on what came before.
    let length = |case: &mut C| steps(case).len();
    let mut chunk = length(case).div_ceil(2).max(1);
    loop {
        let mut end = length(case);
        while end > 0 {
            let start = end.saturating_sub(chunk);
            attempt(case, &|all| {
                all.drain(start..end);
            });
            end = start;
        }
        if chunk == 1 {
            break;
        }
        chunk /= 2;
    }
    for index in 0..length(case) {
        let rows = |case: &mut C| match &steps(case)[index] {
            Action::Insert(insert) => insert.rows.len(),
            _ => 0,
        };
        let mut chunk = rows(case).div_ceil(2);
        while chunk > 0 {
            let mut end = rows(case);
            while end > 0 {
                let start = end.saturating_sub(chunk);
                attempt(case, &|all| {
                    if let Action::Insert(insert) = &mut all[index] {
                        insert.rows.drain(start..end);
                    }
                });
                end = start;
            }
            chunk /= 2;
        }
    }
}
