//! Names as people type them in a search: without capitals and without accents.

/// A text in small letters without accents, so that `müller` is found by `Muller` and `étage` by `ETAGE`. Letters of
/// scripts without capitals or accents stay as they are.
pub(crate) fn plain(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match base(letter) {
            Some(base) => folded.push_str(base),
            None if is_mark(letter) => {}
            None => folded.push(letter),
        }
    }
    folded
}

/// Whether every word of `wanted` stands in one of the texts; where nothing is wanted, everything fits.
pub(crate) fn says(wanted: &str, texts: &[&str]) -> bool {
    let texts: Vec<String> = texts.iter().map(|text| plain(text)).collect();
    plain(wanted).split_whitespace().all(|word| texts.iter().any(|text| text.contains(word)))
}

/// Marks that Unicode puts after the letter they belong to.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// What a letter with an accent, or one that is two letters, is typed as: Latin-1 and Latin Extended-A, small letters.
const fn base(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '’' => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_capitals_do_not_hide_a_name() {
        for (name, typed) in [
            ("Müller", "muller"),
            ("1ER ÉTAGE", "1er étage"),
            ("Cœur d’îlot", "coeur d'ilot"),
            ("Straße", "strasse"),
            ("e\u{301}tage", "etage"),
            ("غرفة 12", "غرفة"),
            ("Büro 🔥", "🔥"),
            ("İstanbul", "istanbul"),
        ] {
            assert!(says(typed, &[name]), "{name} by {typed}: {:?} {:?}", plain(name), plain(typed));
        }
    }

    #[test]
    fn each_word_has_to_stand_somewhere() {
        assert!(says("etage 101", &["101 Atelier", "1er étage"]));
        assert!(!says("etage 102", &["101 Atelier", "1er étage"]));
        assert!(says("  ", &["anything"]), "nothing wanted is always found");
    }
}
