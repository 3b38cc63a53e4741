//! A long list cut into pages. The number of the page stands in the address, so that it can be kept and sent.

use std::ops::Range;

use crate::visitor::Visitor;

/// Rows on a page: more than a person reads at once, and a few kilobytes of each list.
pub(crate) const ROWS: usize = 100;

/// Which part of a list is shown, and how to come to the others.
pub(crate) struct Pager {
    shown: Range<usize>,
    /// `101 to 200 of 2,000`; nothing where the list has one page.
    pub(crate) words: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Pager {
    /// The page that the address asks for of a list of so many; the last one where there are not so many pages.
    pub(crate) fn new(visitor: &Visitor, count: usize) -> Self {
        let pages = count.div_ceil(ROWS).max(1);
        let asked = visitor.asked("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let page = asked.clamp(1, pages);
        let first = (page - 1) * ROWS;
        let shown = first..count.min(first + ROWS);
        let l = visitor.language;
        let number = |n: usize| l.number(n as f64, 0);
        let words = (pages > 1).then(|| {
            l.tell(
                "pager-words",
                &[
                    ("from", number(shown.start + 1).into()),
                    ("to", number(shown.end).into()),
                    ("all", number(count).into()),
                ],
            )
        });
        let to = |page: usize| visitor.link("page", &page.to_string());
        Self {
            shown,
            words,
            before: (page > 1).then(|| to(page - 1)),
            after: (page < pages).then(|| to(page + 1)),
        }
    }

    /// The entries of this page.
    pub(crate) fn cut<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        &list[self.shown.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pager(query: &str, count: usize) -> Pager {
        let request = axum::http::Request::get(format!("/sites/demo/rooms?{query}"));
        Pager::new(&Visitor::of(&request.body(()).unwrap().into_parts().0), count)
    }

    #[test]
    fn every_entry_is_on_one_page_and_the_filters_stay_in_the_links() {
        for count in [0, 1, ROWS, ROWS + 1, 2_000] {
            let list: Vec<usize> = (0..count).collect();
            let mut seen = Vec::new();
            for page in 1..=count.div_ceil(ROWS).max(1) {
                seen.extend_from_slice(pager(&format!("page={page}"), count).cut(&list));
            }
            assert_eq!(seen, list);
        }
        let second = pager("floor=2e&page=2", 2_000);
        assert_eq!(second.words.as_deref(), Some("101 to 200 of 2,000"));
        assert_eq!(second.before.as_deref(), Some("/sites/demo/rooms?floor=2e&page=1"));
        assert_eq!(second.after.as_deref(), Some("/sites/demo/rooms?floor=2e&page=3"));
    }

    #[test]
    fn a_page_that_is_not_there_is_the_nearest_one() {
        for (asked, from) in [("0", 0), ("99", 100), ("-1", 0), ("x", 0), ("18446744073709551616", 0)] {
            assert_eq!(pager(&format!("page={asked}"), 150).shown.start, from, "{asked}");
        }
        assert!(pager("page=7", ROWS).words.is_none());
    }
}
