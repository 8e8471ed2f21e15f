//! Which of a record's versions are its present. A pure function of the versions, so that it comes out the same on
//! every device, whatever order they arrive in.

use std::cmp::Ordering;

/// What deciding needs to know of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) n: u32,
    pub(crate) parents: Vec<u32>,
    /// Made by the person; else sent by the source.
    pub(crate) own: bool,
    pub(crate) deleted: bool,
    pub(crate) rank_time: Option<i64>,
    pub(crate) rank_version: Option<String>,
}

/// `versionId` is a number at most servers, and then `10` comes after `9`; else it is compared as a text.
fn compare_version_ids(a: Option<&str>, b: Option<&str>) -> Ordering {
    let number = |text: Option<&str>| text.and_then(|t| t.parse::<u64>().ok());
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(&b),
    }
}

/// Order of what one source sends: (meta.lastUpdated, versionId), and what came later when the source says neither.
pub(crate) fn compare_ranks(a: &Known, b: &Known) -> Ordering {
    a.rank_time
        .cmp(&b.rank_time)
        .then_with(|| compare_version_ids(a.rank_version.as_deref(), b.rank_version.as_deref()))
        .then_with(|| a.n.cmp(&b.n))
}

/// The versions that nobody has joined: the newest that the source sent, unless the person has built on it, and
/// every version of the person's that nothing was built on. The one to show comes first: what is not a deletion
/// before a deletion, then the latest.
pub(crate) fn heads(versions: &[Known]) -> Vec<u32> {
    let newest_sent = versions.iter().filter(|v| !v.own).max_by(|a, b| compare_ranks(a, b)).map(|v| v.n);
    let is_parent = |n: u32| versions.iter().any(|v| v.parents.contains(&n));
    let mut heads: Vec<&Known> =
        versions.iter().filter(|v| (v.own || Some(v.n) == newest_sent) && !is_parent(v.n)).collect();
    heads.sort_by(|a, b| a.deleted.cmp(&b.deleted).then_with(|| b.n.cmp(&a.n)));
    heads.into_iter().map(|v| v.n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(n: u32, time: i64, version: &str) -> Known {
        Known {
            n,
            parents: Vec::new(),
            own: false,
            deleted: false,
            rank_time: Some(time),
            rank_version: Some(version.to_owned()),
        }
    }

    fn own(n: u32, parents: &[u32], deleted: bool) -> Known {
        Known { n, parents: parents.to_vec(), own: true, deleted, rank_time: None, rank_version: None }
    }

    #[test]
    fn an_older_export_that_arrives_later_is_not_the_present() {
        assert_eq!(heads(&[sent(1, 200, "2"), sent(2, 100, "1")]), [1]);
        assert_eq!(heads(&[sent(1, 100, "9"), sent(2, 100, "10")]), [2], "10 comes after 9");
        assert_eq!(heads(&[sent(1, 100, "10"), sent(2, 100, "9")]), [1]);
    }

    #[test]
    fn an_edit_follows_what_it_was_made_from() {
        assert_eq!(heads(&[own(1, &[], false), own(2, &[1], false)]), [2]);
        assert_eq!(heads(&[sent(1, 100, "1"), own(2, &[1], true)]), [2]);
    }

    #[test]
    fn a_hospital_amendment_beside_a_deletion_is_two_heads_and_neither_is_dropped() {
        let versions = [sent(1, 100, "1"), own(2, &[1], true), sent(3, 200, "2")];
        assert_eq!(heads(&versions), [3, 2], "what is not a deletion is shown");
        let joined = [versions.as_slice(), &[own(4, &[2, 3], false)]].concat();
        assert_eq!(heads(&joined), [4]);
    }

    proptest::proptest! {
        #[test]
        fn there_is_always_a_present_and_order_of_arrival_does_not_change_it(
            ranks in proptest::collection::vec((0i64..5, 0u32..5), 1..8), seed in 0usize..50,
        ) {
            let versions: Vec<Known> = (1u32..).zip(&ranks)
                .map(|(n, (time, version))| sent(n, *time, &version.to_string())).collect();
            let found = heads(&versions);
            proptest::prop_assert_eq!(found.len(), 1);
            let mut turned = versions;
            let by = seed % turned.len();
            turned.rotate_left(by);
            proptest::prop_assert_eq!(heads(&turned), found);
        }
    }
}
