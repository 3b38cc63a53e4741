//! Tables for people: columns of text, in the form that pages of this project are written in.

use std::fmt;

/// A table with a row of names above it.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty one.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self { rows: vec![names.map(str::to_owned).collect()] }
    }

    pub(super) fn row(&mut self, cells: impl Iterator<Item = String>) {
        self.rows.push(cells.collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
            writeln!(f, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
            if number == 0 {
                let lines = widths.iter().map(|&width| "-".repeat(width + 2));
                writeln!(f, "|{}|", lines.collect::<Vec<_>>().join("|"))?;
            }
        }
        Ok(())
    }
}

/// A figure with about three digits that mean something; thousands are set apart.
pub(super) fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    match value.abs() {
        size if size >= 1000.0 => {
            let scale = 10_f64.powi(size.log10().floor() as i32 - 2);
            apart(((value / scale).round() * scale) as i64)
        }
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

fn apart(whole: i64) -> String {
    let text = whole.to_string();
    let mut out = String::new();
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && (text.len() - at).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_show_what_means_something() {
        let shown = [1_234_567.0, -98_765.4, 123.4, 12.34, 1.234, 0.01234, f64::NAN].map(digits);
        assert_eq!(shown, ["1,230,000", "-98,800", "123", "12.3", "1.23", "0.0123", "–"]);
    }

    #[test]
    fn columns_stand_under_each_other() {
        let mut table = Table::new(["", "one"].into_iter());
        table.row(["é".to_owned(), "1".to_owned()].into_iter());
        assert_eq!(table.to_string(), "|   | one |\n|---|-----|\n| é | 1   |\n");
    }
}
