//! Where InfluxDB 2 is and who we are there, checked: the library that speaks to it panics on a bad URL.

use std::fmt;

use reqwest::Url;

/// Where InfluxDB 2 is, and who we are there.
#[derive(Clone, PartialEq, Eq)]
pub struct InfluxSettings {
    /// `http://host:port` or `https://host`, without a path.
    pub url: String,
    /// The organisation's name.
    pub org: String,
    /// The bucket's name. It is made when it is absent and the token may.
    pub bucket: String,
    /// The API token: may write to the bucket and read from it.
    pub token: String,
}

/// The token is a secret: it stands in no log.
impl fmt::Debug for InfluxSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, org, bucket, token: _ } = self;
        f.debug_struct("InfluxSettings").field("url", url).field("org", org).field("bucket", bucket).finish()
    }
}

/// What of the settings cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadSetting {
    #[error("the url must be http://host:port or https://host, without a path, a query or a password")]
    Url,
    #[error("the organisation must be 1 to 200 printable characters")]
    Org,
    #[error("the bucket must be 1 to 200 printable characters and not begin with _")]
    Bucket,
    #[error("the token must be visible ASCII characters: paste it without quotes or line breaks")]
    Token,
}

impl InfluxSettings {
    /// Checks all of them.
    pub(crate) fn check(&self) -> Result<(), BadSetting> {
        let printable = |text: &str| matches!(text.len(), 1..=200) && !text.chars().any(char::is_control);
        if !is_base(&self.url) {
            return Err(BadSetting::Url);
        }
        if !printable(&self.org) {
            return Err(BadSetting::Org);
        }
        if !printable(&self.bucket) || self.bucket.starts_with('_') {
            return Err(BadSetting::Bucket);
        }
        if self.token.is_empty() || !self.token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BadSetting::Token);
        }
        Ok(())
    }
}

/// The library replaces any path by its own, so a server behind one cannot be reached.
fn is_base(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    matches!(url.scheme(), "http" | "https") && url.has_host() && plain && bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> InfluxSettings {
        let text = |text: &str| text.to_owned();
        InfluxSettings {
            url: text("http://127.0.0.1:8086"),
            org: text("home"),
            bucket: text("history"),
            token: text("s3cret=="),
        }
    }

    #[test]
    fn a_bad_setting_is_named() {
        assert_eq!(settings().check(), Ok(()));
        for url in [
            "",
            "localhost:8086",
            "/3242/23",
            "http://",
            "ftp://a",
            "http://a/influx",
            "http://u:p@a",
            "http://a?x=1",
            "http://a#x",
            "http://[::1",
            "not a url",
            "http://a:99999",
        ] {
            let bad = InfluxSettings { url: url.to_owned(), ..settings() };
            assert_eq!(bad.check(), Err(BadSetting::Url), "{url}");
        }
        for url in ["http://a", "https://a/", "http://[::1]:8086", "https://influx.example:443"] {
            assert_eq!(InfluxSettings { url: url.to_owned(), ..settings() }.check(), Ok(()), "{url}");
        }
        for bad in ["", "a\nb"] {
            assert_eq!(InfluxSettings { org: bad.to_owned(), ..settings() }.check(), Err(BadSetting::Org));
            assert_eq!(
                InfluxSettings { bucket: bad.to_owned(), ..settings() }.check(),
                Err(BadSetting::Bucket)
            );
        }
        for bad in ["", "a b", "a\n", "ä", "\u{7f}"] {
            assert_eq!(
                InfluxSettings { token: bad.to_owned(), ..settings() }.check(),
                Err(BadSetting::Token)
            );
        }
        assert_eq!(
            InfluxSettings { bucket: "_monitoring".to_owned(), ..settings() }.check(),
            Err(BadSetting::Bucket)
        );
    }

    #[test]
    fn the_token_is_not_printed() {
        assert!(!format!("{:?}", settings()).contains("s3cret"));
    }
}
