//! Where calls go: a scheme, a host and maybe a port.

use crate::error::Error;
use crate::text::{holds, split_at};

/// Scheme, host and port, or a path of a web page's own host; without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl(String);

impl BaseUrl {
    /// Reads `feishu`, `lark` or a URL: https, or http where the host is this machine or plain http is allowed.
    pub(crate) fn parse(text: &str, allow_http: bool) -> Result<BaseUrl, Error> {
        match text {
            "feishu" => return Ok(Self("https://open.feishu.cn".into())),
            "lark" => return Ok(Self("https://open.larksuite.com".into())),
            "" => return Err(Error::config("base_url is empty").with_remedy("pass feishu, lark or a URL")),
            _ => {}
        }
        if text.starts_with('/') {
            return Err(Error::config("base_url is a path, which only a web page can complete")
                .with_remedy("pass feishu, lark or a URL such as https://open.feishu.cn"));
        }
        let Some((scheme, rest)) = split_at(text, "://") else {
            return Err(Error::config("base_url is no URL").with_remedy("pass feishu, lark or a URL such as https://open.feishu.cn"));
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        check_parts(authority)?;
        let (host, port) = split_port(authority);
        check_host(host)?;
        check_port(port)?;
        let scheme = scheme.to_ascii_lowercase();
        check_scheme(&scheme, host, allow_http)?;
        Ok(Self(format!("{scheme}://{}", authority.to_ascii_lowercase())))
    }

    /// Reads what [`parse`](Self::parse) reads, or a path such as `/lark`, behind which the page's own host has a proxy.
    pub(crate) fn parse_in_page(text: &str, allow_http: bool) -> Result<BaseUrl, Error> {
        let is_path = text.starts_with('/') && !text.starts_with("//");
        if is_path { Self::parse_path(text) } else { Self::parse(text, allow_http) }
    }

    fn parse_path(text: &str) -> Result<BaseUrl, Error> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(allowed);
        if path.is_empty() || path.split('/').skip(1).all(is_segment) {
            return Ok(Self(path.to_owned()));
        }
        Err(Error::config("base_url is no plain path").with_remedy("pass a path such as /lark"))
    }

    /// Where users of this host sign in: the official hosts have another one for that, any other serves both.
    #[cfg(feature = "oauth")]
    pub(crate) fn accounts(&self) -> Self {
        match self.as_str() {
            "https://open.feishu.cn" => Self("https://accounts.feishu.cn".into()),
            "https://open.larksuite.com" => Self("https://accounts.larksuite.com".into()),
            _ => self.clone(),
        }
    }

    /// Scheme, host and port: `https://open.feishu.cn`; in a page maybe a path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a path of the page's own host, whose proxy knows who the user is.
    pub(crate) fn is_path(&self) -> bool {
        !holds(&self.0, "://")
    }
}

/// What may stand beside a host in a URL, but not here; the text itself may hold a password and is not repeated.
fn check_parts(authority: &str) -> Result<(), Error> {
    let found = match authority.chars().find(|character| matches!(character, '/' | '?' | '#' | '@' | '\\')) {
        None => return Ok(()),
        Some('@') => "a user name or password",
        Some('?') => "a query",
        Some('#') => "a fragment",
        Some(_) => "a path",
    };
    Err(Error::config(format!("base_url holds {found}")).with_remedy("pass scheme, host and port only"))
}

/// Host and port; the host of an IPv6 address keeps its brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn check_host(host: &str) -> Result<(), Error> {
    let is_name = |host: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        host.bytes().all(allowed) && host.split('.').all(|label| !label.is_empty())
    };
    if is_name(host) || is_ipv6(host) {
        return Ok(());
    }
    Err(Error::config("base_url has no valid host").with_remedy("pass a host name in ASCII, or an address"))
}

fn check_port(port: Option<&str>) -> Result<(), Error> {
    match port {
        Some(port) if !port.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(port.parse::<u16>(), Ok(1..)) => {
            Err(Error::config("base_url has no valid port").with_remedy("pass a number from 1 to 65535"))
        }
        _ => Ok(()),
    }
}

fn check_scheme(scheme: &str, host: &str, allow_http: bool) -> Result<(), Error> {
    match scheme {
        "https" => Ok(()),
        "http" if allow_http || is_loopback(host) => Ok(()),
        "http" => Err(Error::config("base_url is plain http, which shows tokens to the network")
            .with_remedy("use https, or allow plain http explicitly")),
        _ => Err(Error::config("base_url is neither https nor http").with_remedy("use https")),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        // Nothing but an IPv4 address has digits alone.
        || host.starts_with("127.") && host.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
}

/// Whether it may be an address of IPv6: the standard library's parser would take a page a kilobyte.
fn is_ipv6(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or_default();
    address.bytes().all(|byte| b":.".contains(&byte) || byte.is_ascii_hexdigit()) && holds(address, ":") && !holds(address, ":::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        BaseUrl::parse(text, false).map(|base| base.as_str().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn brands_and_origins_are_taken() {
        for (text, expected) in [
            ("feishu", "https://open.feishu.cn"),
            ("lark", "https://open.larksuite.com"),
            ("https://open.feishu.cn/", "https://open.feishu.cn"),
            ("HTTPS://Lark.Example.COM:8443", "https://lark.example.com:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://localhost:1/", "http://localhost:1"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_its_reason() {
        for (text, expected) in [
            ("", "base_url is empty; pass feishu, lark or a URL"),
            ("/lark", "base_url is a path, which only a web page can complete; pass feishu, lark or a URL such as https://open.feishu.cn"),
            ("open.feishu.cn", "base_url is no URL; pass feishu, lark or a URL such as https://open.feishu.cn"),
            (
                "http://open.feishu.cn",
                "base_url is plain http, which shows tokens to the network; use https, or allow plain http explicitly",
            ),
            (
                "http://127.0.0.1.example.com",
                "base_url is plain http, which shows tokens to the network; use https, or allow plain http explicitly",
            ),
            ("ftp://127.0.0.1", "base_url is neither https nor http; use https"),
            ("https://u:s3cret@open.feishu.cn", "base_url holds a user name or password; pass scheme, host and port only"),
            ("https://open.feishu.cn/open-apis", "base_url holds a path; pass scheme, host and port only"),
            ("https://open.feishu.cn//", "base_url holds a path; pass scheme, host and port only"),
            ("https://open.feishu.cn?a=1", "base_url holds a query; pass scheme, host and port only"),
            ("https://open.feishu.cn#a", "base_url holds a fragment; pass scheme, host and port only"),
            ("https://", "base_url has no valid host; pass a host name in ASCII, or an address"),
            ("https://open..cn", "base_url has no valid host; pass a host name in ASCII, or an address"),
            ("https://飞书.cn", "base_url has no valid host; pass a host name in ASCII, or an address"),
            ("https://a b", "base_url has no valid host; pass a host name in ASCII, or an address"),
            ("https://a\r\nb", "base_url has no valid host; pass a host name in ASCII, or an address"),
            ("https://::1", "base_url has no valid host; pass a host name in ASCII, or an address"),
            ("https://a:0", "base_url has no valid port; pass a number from 1 to 65535"),
            ("https://a:99999", "base_url has no valid port; pass a number from 1 to 65535"),
            ("https://a:+1", "base_url has no valid port; pass a number from 1 to 65535"),
            ("https://a:", "base_url has no valid port; pass a number from 1 to 65535"),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_page_may_have_a_path_of_its_own_host() {
        for (text, expected) in [("/lark", "/lark"), ("/api/lark/", "/api/lark"), ("/", ""), ("lark", "https://open.larksuite.com")] {
            assert_eq!(BaseUrl::parse_in_page(text, false).map(|base| base.0).ok().as_deref(), Some(expected), "{text}");
        }
        for text in ["//evil.example", "/a/../b", "/a//b", "/a?b", "/a#b", "/a b", "/%2e%2e", "/a\\b"] {
            assert!(BaseUrl::parse_in_page(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn plain_http_goes_where_it_is_allowed() {
        assert!(BaseUrl::parse("http://lark.internal:80", true).is_ok());
    }
}
