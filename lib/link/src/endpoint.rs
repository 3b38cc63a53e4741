//! Where a broker listens, read from its URL.

use crate::LinkError;

/// Host, port and whether TLS is spoken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
}

impl Endpoint {
    pub(crate) fn parse(url: &str) -> Result<Self, LinkError> {
        let refuse = |why| LinkError::Url { url: url.to_owned(), why };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| refuse("it has no scheme"))?;
        let (tls, default_port) = match scheme {
            "mqtt" => (false, 1883),
            "mqtts" => (true, 8883),
            _ => return Err(refuse("its scheme is not mqtt or mqtts")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(refuse("user name and password do not belong in it"));
        }
        if rest.contains(['/', '?', '#']) || rest.chars().any(char::is_whitespace) {
            return Err(refuse("there is something after the host and port"));
        }
        let (host, port) = match rest.rsplit_once(':') {
            // The last colon of a bare IPv6 address in brackets is inside them.
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| refuse("its port is not a number up to 65535"))?)
            }
            _ => (rest, default_port),
        };
        if host.is_empty() || port == 0 {
            return Err(refuse("its host or port is empty"));
        }
        let in_brackets = host.starts_with('[') && host.ends_with(']');
        if host.contains(':') && !in_brackets {
            return Err(refuse("an IPv6 address belongs in brackets"));
        }
        Ok(Self { host: host.to_owned(), port, tls })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_host_port_and_scheme() {
        for (url, host, port, tls) in [
            ("mqtt://127.0.0.1:1884", "127.0.0.1", 1884, false),
            ("mqtt://localhost", "localhost", 1883, false),
            ("mqtts://broker.example/", "broker.example", 8883, true),
            ("mqtt://[::1]:1885", "[::1]", 1885, false),
            ("mqtt://[::1]", "[::1]", 1883, false),
        ] {
            assert_eq!(Endpoint::parse(url).unwrap(), Endpoint { host: host.into(), port, tls }, "{url}");
        }
    }

    #[test]
    fn says_in_one_sentence_what_is_wrong_with_a_url() {
        for bad in [
            "",
            "localhost:1883",
            "http://localhost",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://h:0",
            "mqtt://h:70000",
            "mqtt://h:1883/path",
            "mqtt://u:p@h",
            "mqtt://::1:1883",
            "mqtt://a b",
        ] {
            let text = Endpoint::parse(bad).unwrap_err().to_string();
            assert!(text.contains("use mqtt://host:port") && !text.contains('\n'), "{bad}: {text}");
        }
    }
}
