//! The form that declares what energy counts for: its fields, how it reads, and what is wrong where it does not.

use registry::{Accounting, Rate};
use vocabulary::DisplayName;

use crate::language::Language;
use crate::pages::room_forms::field_up_to;

/// More of a field is not kept: enough to see that it is too long.
const LONGEST: usize = 200;
/// The rates by the names of their fields and of their words, and the most that each may be.
const RATES: [(&str, &str, f64); 4] = [
    ("price_eur", "report-rates-price", Accounting::MOST_EUR),
    ("carbon_g", "report-rates-carbon", Accounting::MOST_CARBON_G),
    ("refund_eur", "report-rates-refund", Accounting::MOST_EUR),
    ("peak_eur_per_kw", "report-rates-peak", Accounting::MOST_PEAK_EUR),
];

/// A rate in the form.
pub(super) struct RateField {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) value: String,
    pub(super) source: String,
}

/// The fields with what is declared.
pub(super) fn declared(said: &Accounting, l: Language) -> Vec<RateField> {
    let rates = [&said.price_eur, &said.carbon_g, &said.refund_eur, &said.peak_eur_per_kw];
    let field = |((name, key, _), rate): (_, &Option<Rate>)| RateField {
        name,
        label: l.say(key),
        value: rate.as_ref().map(|rate| rate.amount.to_string()).unwrap_or_default(),
        source: rate.as_ref().map(|rate| rate.source.to_string()).unwrap_or_default(),
    };
    RATES.into_iter().zip(rates).map(field).collect()
}

/// The fields with what was typed.
pub(super) fn typed(body: &str, l: Language) -> Vec<RateField> {
    let field = |(name, key, _): (&'static str, _, _)| RateField {
        name,
        label: l.say(key),
        value: field_up_to(body, name, LONGEST),
        source: field_up_to(body, &format!("{name}_source"), LONGEST),
    };
    RATES.map(field).into()
}

/// What the fields declare, or which of them is wrong and what would be right.
pub(super) fn read(fields: &[RateField], l: Language) -> Result<Accounting, String> {
    let mut rates = fields.iter().zip(RATES).map(|(field, (_, _, most))| rate(field, most, l));
    let mut next = || rates.next().unwrap_or(Ok(None));
    Ok(Accounting { price_eur: next()?, carbon_g: next()?, refund_eur: next()?, peak_eur_per_kw: next()? })
}

/// One rate; none where there is no number.
fn rate(field: &RateField, most: f64, l: Language) -> Result<Option<Rate>, String> {
    let number = field.value.trim().replace(',', ".");
    if number.is_empty() {
        return Ok(None);
    }
    let refused =
        |key: &str| l.tell(key, &[("rate", field.label.as_str().into()), ("most", l.number(most, 0).into())]);
    let amount = number.parse::<f64>().ok().filter(|amount| (0.0..=most).contains(amount));
    let amount = amount.ok_or_else(|| refused("report-rates-refused-number"))?;
    let source = DisplayName::new(field.source.trim()).map_err(|_| refused("report-rates-refused-source"))?;
    Ok(Some(Rate { amount, source }))
}

/// What is declared, in a line.
pub(super) fn line(said: &Accounting, l: Language) -> String {
    let fields = declared(said, l).into_iter().filter(|field| !field.value.is_empty());
    let told: Vec<_> =
        fields.map(|field| format!("{}: {} ({})", field.label, field.value, field.source)).collect();
    if told.is_empty() { l.say("report-rates-none") } else { told.join(" · ") }
}
