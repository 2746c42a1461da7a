//! Where the ways from a branch meet again: immediate post-dominators (Cooper, Harvey and Kennedy 2001).

use super::fact::WHOLE;
use super::view::View;
use crate::ir::{At, Stmt};

/// For each statement its immediate post-dominator; exceptions are left out, as nearly everything may throw.
pub(crate) fn meets(view: &View<'_>) -> Vec<At> {
    let count = view.len() as usize;
    let exit = count;
    let next = |at: usize| {
        let at = at as At;
        let next = view.next(at);
        &next[..view.ordinary(at).min(next.len())]
    };
    // The order in which the statements are left, walking backwards from the ends.
    let mut order: Vec<usize> = Vec::new();
    let mut number = vec![usize::MAX; count + 1];
    let mut seen = vec![false; count + 1];
    let ends =
        (0..count).filter(|at| next(*at).is_empty() || matches!(view.stmt(*at as At), Stmt::Return { .. }));
    for end in ends {
        let mut stack = vec![(end, 0)];
        if std::mem::replace(&mut seen[end], true) {
            continue;
        }
        while let Some((at, child)) = stack.pop() {
            match view.before(at as At).get(child) {
                Some(&before) => {
                    stack.push((at, child + 1));
                    let before = before as usize;
                    if next(before).contains(&(at as At)) && !std::mem::replace(&mut seen[before], true) {
                        stack.push((before, 0));
                    }
                }
                None => {
                    number[at] = order.len();
                    order.push(at);
                }
            }
        }
    }
    number[exit] = order.len();
    let mut meets = vec![usize::MAX; count + 1];
    meets[exit] = exit;
    let mut changed = true;
    let mut rounds = 0;
    while changed && rounds < 16 {
        changed = false;
        rounds += 1;
        for &at in order.iter().rev() {
            let mut new = usize::MAX;
            let ways = next(at);
            let fallen = [exit as At];
            for &to in if ways.is_empty() { &fallen[..] } else { ways } {
                let to = to as usize;
                if meets.get(to).is_none_or(|meet| *meet == usize::MAX) {
                    continue;
                }
                new = if new == usize::MAX {
                    to
                } else {
                    common(&meets, &number, new, to)
                };
            }
            if new != usize::MAX && meets[at] != new {
                meets[at] = new;
                changed = true;
            }
        }
    }
    meets.truncate(count);
    meets
        .into_iter()
        .map(|at| if at >= exit { WHOLE } else { at as At })
        .collect()
}

fn common(meets: &[usize], number: &[usize], one: usize, other: usize) -> usize {
    let (mut one, mut other) = (one, other);
    while one != other {
        if number[one] < number[other] {
            one = meets[one];
        } else {
            other = meets[other];
        }
        if one == usize::MAX || other == usize::MAX {
            return number.len() - 1;
        }
    }
    one
}
