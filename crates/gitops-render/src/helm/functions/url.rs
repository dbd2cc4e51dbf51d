//! URLs.

use std::fmt::Write;

use super::{Entry, MAP, Outcome, STRING, failed, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::quote::quote;
use crate::gotemplate::{Map, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("urlParse", takes(&[STRING]), |call| {
        match Url::parse(&call.text(0)) {
            Ok(url) => Ok(url.to_map().into()),
            Err(reason) => {
                let text = quote(&call.text(0));
                failed(format!("unable to parse url: parse {text}: {reason}"))
            }
        }
    }),
    ("urlJoin", takes(&[MAP]), join),
];

/// The parts of a URL; all but the query are decoded.
#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    userinfo: String,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

impl Url {
    fn parse(text: &str) -> Result<Self, String> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".into());
        }
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = Self {
            fragment: decode(fragment)?,
            ..Self::default()
        };
        let (scheme, rest) = scheme(rest)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        query.clone_into(&mut url.query);
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                rest.clone_into(&mut url.opaque);
                return Ok(url);
            }
            if rest
                .split('/')
                .next()
                .is_some_and(|segment| segment.contains(':'))
            {
                return Err("first path segment in URL cannot contain colon".into());
            }
        }
        let path = match rest.strip_prefix("//") {
            Some(rest) if !(url.scheme.is_empty() && rest.starts_with('/')) => {
                let end = rest.find('/').unwrap_or(rest.len());
                url.set_authority(&rest[..end])?;
                &rest[end..]
            }
            _ => rest,
        };
        url.path = decode(path)?;
        Ok(url)
    }

    fn set_authority(&mut self, authority: &str) -> Result<(), String> {
        let (userinfo, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if userinfo.contains(|char: char| !is_userinfo(char)) {
            return Err("net/url: invalid userinfo".into());
        }
        self.userinfo = match userinfo.split_once(':') {
            None => encode(&decode(userinfo)?, USERINFO),
            Some((name, password)) => {
                let (name, password) = (decode(name)?, decode(password)?);
                format!(
                    "{}:{}",
                    encode(&name, USERINFO),
                    encode(&password, USERINFO)
                )
            }
        };
        let port = match host.rfind(']') {
            Some(end) => &host[end + 1..],
            None if host.starts_with('[') => return Err("missing ']' in host".into()),
            None => host.find(':').map_or("", |colon| &host[colon..]),
        };
        let digits = port.strip_prefix(':');
        if !port.is_empty()
            && !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(format!("invalid port {} after host", quote(port)));
        }
        if host.contains([' ', '<', '>', '"']) {
            let wrong = host
                .chars()
                .find(|char| " <>\"".contains(*char))
                .unwrap_or(' ');
            return Err(format!(
                "invalid character {} in host name",
                quote(&wrong.to_string())
            ));
        }
        self.host = decode(host)?;
        Ok(())
    }

    /// The host without its port and brackets.
    fn hostname(&self) -> &str {
        if let Some(rest) = self.host.strip_prefix('[') {
            return rest.split(']').next().unwrap_or(rest);
        }
        self.host.split(':').next().unwrap_or(&self.host)
    }

    fn to_map(&self) -> Map {
        let parts = [
            ("scheme", self.scheme.as_str()),
            ("host", &self.host),
            ("hostname", self.hostname()),
            ("path", &self.path),
            ("query", &self.query),
            ("opaque", &self.opaque),
            ("fragment", &self.fragment),
            ("userinfo", &self.userinfo),
        ];
        parts
            .into_iter()
            .map(|(name, part)| (name, part.into()))
            .collect()
    }

    fn write(&self) -> String {
        let mut text = String::new();
        if !self.scheme.is_empty() {
            text.extend([&self.scheme, ":"]);
        }
        if self.opaque.is_empty() {
            self.write_hierarchy(&mut text);
        } else {
            text += &self.opaque;
        }
        if !self.query.is_empty() {
            text.extend(["?", &self.query]);
        }
        if !self.fragment.is_empty() {
            text.extend(["#", &encode(&self.fragment, FRAGMENT)]);
        }
        text
    }

    fn write_hierarchy(&self, text: &mut String) {
        let named = !self.host.is_empty() || !self.userinfo.is_empty();
        if named || (!self.scheme.is_empty() && self.path.starts_with("//")) {
            text.push_str("//");
            if !self.userinfo.is_empty() {
                text.extend([&self.userinfo, "@"]);
            }
            *text += &encode(&self.host, HOST);
        }
        let path = encode(&self.path, PATH);
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            text.push('/');
        }
        if text.is_empty()
            && path
                .split('/')
                .next()
                .is_some_and(|segment| segment.contains(':'))
        {
            text.push_str("./");
        }
        *text += &path;
    }
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (index, char) in text.char_indices() {
        match char {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if index > 0 => {}
            ':' if index == 0 => return Err("missing protocol scheme".into()),
            ':' => return Ok((&text[..index], &text[index + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

/// Characters besides letters, digits and `-_.~` that a part keeps as they are.
const PATH: &str = "$&+,/:;=@";
const FRAGMENT: &str = "$&+,/:;=@?!()*";
const USERINFO: &str = "$&+,;=";
const HOST: &str = "!$&'()*+,;=:[]<>\"";

fn is_userinfo(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(char)
}

fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let Some(code) = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            let end = after.len().min(2);
            let escape = format!("%{}", String::from_utf8_lossy(&after[..end]));
            return Err(format!("invalid URL escape {}", quote(&escape)));
        };
        bytes.push(code);
        rest = &after[2..];
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn encode(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let char = char::from(byte);
        if byte.is_ascii_alphanumeric()
            || "-_.~".contains(char)
            || (byte.is_ascii() && kept.contains(char))
        {
            encoded.push(char);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn join(call: &Call<'_>) -> Outcome {
    let part = |name: &str| -> Result<String, Error> {
        match call.map(0).and_then(|map| map.get(name)) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.to_str().into_owned()),
            Some(other) => {
                let kind = other.kind().name();
                failed(format!(
                    "unable to parse {name} key, must be of type string, but {kind} found"
                ))
            }
        }
    };
    let url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        userinfo: userinfo(&part("userinfo")?)?,
    };
    Ok(url.write().into())
}

fn userinfo(text: &str) -> Result<String, Error> {
    let mut url = Url::default();
    match url.set_authority(&format!("{text}@host")) {
        Ok(()) => Ok(url.userinfo),
        Err(reason) => failed(format!("unable to parse userinfo in dict: {reason}")),
    }
}
