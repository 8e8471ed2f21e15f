//! Which of a record's versions are its present. A pure function of the versions, so that it comes out the same on
//! every device, whatever order they arrive in.

use std::cmp::Ordering;
use std::collections::HashMap;

/// What deciding needs to know of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) n: u32,
    pub(crate) parents: Vec<u32>,
    /// Made by the person; else sent by the source.
    pub(crate) own: bool,
    pub(crate) deleted: bool,
    /// When it came, in milliseconds since 1970-01-01 UTC.
    pub(crate) received_at: i64,
    pub(crate) rank_time: Option<i64>,
    pub(crate) rank_version: Option<String>,
    /// Where a mapping made it: the row of its document. What a better mapping makes of the same document later is the
    /// same state, read otherwise.
    pub(crate) mapped_from: Option<i64>,
    /// Of its bytes; of a state without bytes it is like no other.
    pub(crate) hash: Vec<u8>,
}

/// `versionId` is a number at most servers, and then `10` comes after `9`; else it is compared as a text, which comes
/// after any number.
fn compare_version_ids(a: &Known, b: &Known) -> Ordering {
    match (a.number(), b.number()) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a_number, b_number) => {
            let text = |version: &Known, number: Option<u64>| {
                (number.is_none() && version.rank_version.is_some(), number.is_some())
            };
            text(a, a_number).cmp(&text(b, b_number)).then_with(|| a.rank_version.cmp(&b.rank_version))
        }
    }
}

/// A moment that a source names may be this much later than the one at which its version came: clocks differ, and so do
/// time zones that somebody took for UTC.
const CLOCKS_DIFFER: i64 = 24 * 60 * 60 * 1000;

/// A time that a source tells, unless it lies in the future of its arrival.
#[must_use]
pub fn believable(time: Option<i64>, received_at: i64) -> Option<i64> {
    time.filter(|time| *time <= received_at.saturating_add(CLOCKS_DIFFER))
}

impl Known {
    /// When the source says that this state is from. What lies in the future of its arrival was written by a wrong clock
    /// and says nothing: otherwise one such state would be the present for good.
    fn time(&self) -> Option<i64> {
        believable(self.rank_time, self.received_at)
    }

    fn number(&self) -> Option<u64> {
        self.rank_version.as_deref()?.parse().ok()
    }
}

/// Order of what one source sends: (meta.lastUpdated, versionId), and what came later when the source says neither. A
/// state without a time that can be believed comes before all that have one. A document that is read again keeps the place
/// that it came at: of two documents that rank alike the later one stays the newer, whichever is read again last.
fn compare_ranks(a: (&Known, u32), b: (&Known, u32)) -> Ordering {
    let ((a, a_came), (b, b_came)) = (a, b);
    a.time()
        .cmp(&b.time())
        .then_with(|| compare_version_ids(a, b))
        .then_with(|| a_came.cmp(&b_came))
        .then_with(|| a.n.cmp(&b.n))
}

/// Whether two versions that the source sent are one document, read twice.
fn is_same_state(a: &Known, b: &Known) -> bool {
    a.n == b.n || (!a.own && !b.own && a.mapped_from.is_some() && a.mapped_from == b.mapped_from)
}

/// The newest of what the source sent.
pub(crate) fn newest_sent(versions: &[Known], fits: impl Fn(&Known) -> bool) -> Option<&Known> {
    let mut came: HashMap<i64, u32> = HashMap::new();
    for version in versions.iter().filter(|v| !v.own) {
        if let Some(document) = version.mapped_from {
            let first = came.entry(document).or_insert(version.n);
            *first = version.n.min(*first);
        }
    }
    let placed = |v: &Known| v.mapped_from.and_then(|document| came.get(&document).copied()).unwrap_or(v.n);
    let sent = versions.iter().filter(|v| !v.own && fits(v));
    sent.max_by(|a, b| compare_ranks((a, placed(a)), (b, placed(b))))
}

/// The version with bytes to bring back: the person's latest, else the source's newest.
pub(crate) fn last_with_bytes(versions: &[Known]) -> Option<u32> {
    let own = versions.iter().filter(|v| v.own && !v.deleted).max_by_key(|v| v.n);
    own.or_else(|| newest_sent(versions, |v| !v.deleted)).map(|v| v.n)
}

/// The versions that nobody has joined: the newest that the source sent, unless the person has built on it or on what an
/// older mapping made of the same document, or has brought back the very same; and every version of the person's that
/// nothing was built on. The one to show comes first: what is not a deletion before a deletion, then the latest.
pub(crate) fn heads(versions: &[Known]) -> Vec<u32> {
    let is_the_persons = |sent: &Known| versions.iter().any(|v| v.own && v.hash == sent.hash);
    let newest_sent = newest_sent(versions, |_| true).filter(|sent| !is_the_persons(sent)).map(|v| v.n);
    let is_parent = |of: &Known| {
        let mut same = versions.iter().filter(|v| is_same_state(v, of));
        same.any(|same| versions.iter().any(|v| v.parents.contains(&same.n)))
    };
    let mut heads: Vec<&Known> =
        versions.iter().filter(|v| (v.own || Some(v.n) == newest_sent) && !is_parent(v)).collect();
    heads.sort_by(|a, b| a.deleted.cmp(&b.deleted).then_with(|| b.n.cmp(&a.n)));
    heads.into_iter().map(|v| v.n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: i64 = 1000;

    fn sent(n: u32, time: i64, version: &str) -> Known {
        Known {
            n,
            parents: Vec::new(),
            own: false,
            deleted: false,
            received_at: RECEIVED,
            rank_time: Some(time),
            rank_version: Some(version.to_owned()),
            mapped_from: None,
            hash: vec![0, u8::try_from(n).unwrap()],
        }
    }

    fn own(n: u32, parents: &[u32], deleted: bool) -> Known {
        Known {
            n,
            parents: parents.to_vec(),
            own: true,
            deleted,
            received_at: RECEIVED,
            rank_time: None,
            rank_version: None,
            mapped_from: None,
            hash: vec![1, u8::try_from(n).unwrap()],
        }
    }

    #[test]
    fn an_older_export_that_arrives_later_is_not_the_present() {
        assert_eq!(heads(&[sent(1, 200, "2"), sent(2, 100, "1")]), [1]);
        assert_eq!(heads(&[sent(1, 100, "9"), sent(2, 100, "10")]), [2], "10 comes after 9");
        assert_eq!(heads(&[sent(1, 100, "10"), sent(2, 100, "9")]), [1]);
    }

    #[test]
    fn a_state_from_the_future_is_not_the_present_for_good() {
        const HOUR: i64 = 60 * 60 * 1000;
        let future = RECEIVED + 24 * HOUR + 1;
        assert_eq!(heads(&[sent(1, future, "1"), sent(2, 200, "2")]), [2]);
        assert_eq!(heads(&[sent(1, 200, "2"), sent(2, future, "1")]), [1], "in whatever order they come");
        assert_eq!(heads(&[sent(1, 100, "1"), sent(2, future - 1, "2")]), [2], "clocks differ by a day");
        assert_eq!(heads(&[sent(1, future + 5, "9"), sent(2, future, "10")]), [2], "all of them are wrong");
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

    #[test]
    fn what_the_person_brought_back_is_not_shown_twice_when_the_source_says_it_again() {
        let withdrawn = Known { deleted: true, ..sent(2, 200, "2") };
        let back = Known { hash: sent(1, 100, "1").hash, ..own(3, &[2], false) };
        let again = Known { hash: sent(1, 100, "1").hash, ..sent(4, 300, "3") };
        let versions = [sent(1, 100, "1"), withdrawn, back, again];
        assert_eq!(heads(&versions), [3]);
        assert_eq!(heads(&[versions.as_slice(), &[own(5, &[3], true)]].concat()), [5], "and can be deleted");
        assert_eq!(
            heads(&[versions.as_slice(), &[sent(5, 400, "4")]].concat()),
            [5, 3],
            "news is told beside"
        );
    }

    fn mapped(n: u32, document: i64) -> Known {
        Known { mapped_from: Some(document), ..sent(n, 100, "1") }
    }

    #[test]
    fn a_document_that_is_read_again_keeps_its_place_beside_one_that_ranks_alike() {
        let before = [mapped(1, 7), mapped(2, 8)];
        assert_eq!(heads(&before), [2]);
        let first_again = [before.as_slice(), &[mapped(3, 7)]].concat();
        assert_eq!(heads(&first_again), [2], "the later document stays the present");
        assert_eq!(heads(&[first_again.as_slice(), &[mapped(4, 8)]].concat()), [4], "and is read again too");
        let second_first = [before.as_slice(), &[mapped(3, 8), mapped(4, 7)]].concat();
        assert_eq!(heads(&second_first), [3], "in whatever order they are read");
        assert_eq!(last_with_bytes(&second_first), Some(3));
    }

    #[test]
    fn what_the_person_did_to_a_state_holds_when_its_document_is_read_again() {
        let deleted = [mapped(1, 7), own(2, &[1], true)];
        assert_eq!(heads(&[deleted.as_slice(), &[mapped(3, 7)]].concat()), [2], "it does not come back");
        let edited = [mapped(1, 7), own(2, &[1], false)];
        assert_eq!(heads(&[edited.as_slice(), &[mapped(3, 7)]].concat()), [2]);
        // What another document says is news.
        assert_eq!(heads(&[deleted.as_slice(), &[mapped(3, 8)]].concat()), [3, 2]);
    }

    proptest::proptest! {
        #[test]
        fn there_is_always_a_present_and_order_of_arrival_does_not_change_it(
            ranks in proptest::collection::vec(
                (proptest::prop_oneof![0i64..5, proptest::strategy::Just(i64::MAX)], 0u32..5), 1..8,
            ), seed in 0usize..50,
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
