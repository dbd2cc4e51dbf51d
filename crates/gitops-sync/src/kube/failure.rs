//! What the API server's refusals and the transport's failures mean.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use ::http::StatusCode;
use gitops_core::apply::{Error, Reason};
use serde::Deserialize;

use super::hidden::Hidden;

/// A message longer than this is cut.
const LONGEST_MESSAGE: usize = 8 * 1024;

/// How deep the causes of a transport error are searched.
const DEEPEST_CAUSE: usize = 16;

/// When a request that failed so may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The answer would be the same.
    Never,
    /// The server may have done it: only what does no harm twice.
    Harmless,
    /// The server did not do it.
    Always,
}

/// Why a request failed, with what the caller of the trait need not know.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    /// The status code of the answer, where there was one.
    pub(super) status: Option<StatusCode>,
    repeat: Repeat,
}

impl Failure {
    pub(super) fn new(error: Error, repeat: Repeat) -> Self {
        Self {
            error,
            status: None,
            repeat,
        }
    }

    /// Whether the request may be sent again.
    pub(super) fn allows(&self, repeatable: bool) -> bool {
        match self.repeat {
            Repeat::Never => false,
            Repeat::Harmless => repeatable,
            Repeat::Always => true,
        }
    }

    /// The failure of a request that was answered with a refusal.
    pub(super) fn of_answer(
        status: StatusCode,
        body: &[u8],
        retry_after: Option<Duration>,
        hidden: &Hidden,
    ) -> Self {
        let answer = Answer::read(status, body);
        let message = hidden.scrub(answer.message_or_code());
        let wait = retry_after.or_else(|| answer.retry_after());
        let mut failure = Self::new(
            Error::new(answer.meaning(), cut(message)).retry_after(wait),
            answer.repeat(),
        );
        failure.status = Some(status);
        failure
    }

    /// The failure of a watch that was refused, or that ended with an error.
    pub(super) fn of_status(status: &::kube::core::Status) -> Self {
        let code = StatusCode::from_u16(status.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let answer = Answer {
            code,
            message: status.message.clone(),
            reason: status.reason.clone(),
            details: Details::default(),
        };
        let error = Error::new(answer.meaning(), cut(answer.message_or_code()));
        Self::new(error, answer.repeat())
    }

    /// The failure of a request that was not answered, or not to the end.
    pub(super) fn of_transport(error: ::kube::Error) -> Self {
        let error = match error {
            ::kube::Error::Api(status) => return Self::of_status(&status),
            ::kube::Error::SerdeError(error) => return Self::of_content(error),
            error @ ::kube::Error::Auth(_) => {
                let message = "no credentials could be obtained for the API server";
                let error = Error::new(Reason::Unauthorized, message).caused_by(error);
                return Self::new(error, Repeat::Never);
            }
            error => error,
        };
        let repeat = if never_connected(&error) {
            Repeat::Always
        } else {
            Repeat::Harmless
        };
        let message = match deepest(&error) {
            Some(cause) => format!("the API server cannot be reached: {cause}"),
            None => "the API server cannot be reached".to_owned(),
        };
        Self::new(
            Error::new(Reason::Unavailable, message).caused_by(error),
            repeat,
        )
    }

    /// The failure of an answer that is not what was asked for.
    /// The parser's message would quote it, so only the place is told.
    #[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
    pub(super) fn of_content(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let message = format!("the server's answer cannot be read, at {line}:{column}");
        Self::new(Error::new(Reason::Other, message), Repeat::Never)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error, Repeat::Never)
    }
}

/// A `Status`, as far as it counts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    #[serde(skip)]
    code: StatusCode,
    message: String,
    reason: String,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    retry_after_seconds: Option<u64>,
}

impl Answer {
    /// Reads a `Status`; a proxy's page or plain text is its own message.
    fn read(code: StatusCode, body: &[u8]) -> Self {
        let status = serde_json::from_slice::<Self>(body).unwrap_or_else(|_| Self {
            message: String::from_utf8_lossy(body).trim().to_owned(),
            ..Self::default()
        });
        Self { code, ..status }
    }

    fn message_or_code(&self) -> String {
        match self.message.as_str() {
            "" => format!("the API server answered {}", self.code),
            message => message.to_owned(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.details.retry_after_seconds.map(Duration::from_secs)
    }

    /// The reason by its name, which is finer than the code, else by the code.
    fn meaning(&self) -> Reason {
        match (self.reason.as_str(), self.code.as_u16()) {
            ("AlreadyExists", _) => Reason::AlreadyExists,
            ("Expired" | "Gone", _) | (_, 410) => Reason::Expired,
            ("Timeout" | "ServerTimeout", _) | (_, 504) => Reason::Timeout,
            (_, 404) if self.is_unserved() => Reason::UnknownKind,
            (_, 404) => Reason::NotFound,
            (_, 409) => Reason::Conflict,
            (_, 400 | 413 | 422) => Reason::Invalid,
            (_, 401) => Reason::Unauthorized,
            (_, 403) => Reason::Forbidden,
            (_, 429) => Reason::TooManyRequests,
            (_, 502 | 503) => Reason::Unavailable,
            _ => Reason::Other,
        }
    }

    /// Whether nothing answers under the URL at all: a path that no kind has is
    /// answered in plain text, and a custom resource that went without an object's name.
    fn is_unserved(&self) -> bool {
        self.reason != "NotFound"
            || self.message == "the server could not find the requested resource"
    }

    fn repeat(&self) -> Repeat {
        match self.meaning() {
            Reason::TooManyRequests => Repeat::Always,
            // Refused before any handler saw it, if the server says when to come back.
            Reason::Unavailable if self.code == StatusCode::SERVICE_UNAVAILABLE => Repeat::Always,
            Reason::Unavailable | Reason::Timeout => Repeat::Harmless,
            _ => Repeat::Never,
        }
    }
}

/// Whether no connection came about, so that the server saw nothing of the request.
fn never_connected(error: &(dyn StdError + 'static)) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| {
            matches!(
                cause.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::AddrNotAvailable
            )
        })
}

/// The innermost cause, which says what happened; the outer ones only where.
fn deepest(error: &(dyn StdError + 'static)) -> Option<String> {
    causes(error).last().map(ToString::to_string)
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause_of(cause)).take(DEEPEST_CAUSE)
}

/// An I/O error that wraps another names as its source the source of that one.
fn cause_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn cut(mut message: String) -> String {
    if message.len() > LONGEST_MESSAGE {
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        message.push('…');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: u16, body: &str, reason: Reason, repeat: Repeat) -> Error {
        let code = StatusCode::from_u16(code).unwrap();
        let failure = Failure::of_answer(code, body.as_bytes(), None, &Hidden::default());
        assert_eq!(
            (failure.error.reason, failure.repeat),
            (reason, repeat),
            "{body}"
        );
        failure.error
    }

    #[test]
    fn a_status_says_what_it_means() {
        use Repeat::{Always, Harmless, Never};
        let body = r#"{"reason": "AlreadyExists", "message": "a exists", "code": 409}"#;
        let error = check(409, body, Reason::AlreadyExists, Never);
        assert_eq!(error.to_string(), "a exists");
        check(409, r#"{"reason": "Conflict"}"#, Reason::Conflict, Never);
        check(
            500,
            r#"{"reason": "ServerTimeout"}"#,
            Reason::Timeout,
            Harmless,
        );
        check(422, r#"{"reason": "Invalid"}"#, Reason::Invalid, Never);
        let body = r#"{"reason": "TooManyRequests", "details": {"retryAfterSeconds": 3}}"#;
        let error = check(429, body, Reason::TooManyRequests, Always);
        assert_eq!(error.retry_after, Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_missing_object_is_no_missing_kind() {
        let body = r#"{"reason": "NotFound", "message": "pods \"a\" not found"}"#;
        check(404, body, Reason::NotFound, Repeat::Never);
        check(
            404,
            "404 page not found\n",
            Reason::UnknownKind,
            Repeat::Never,
        );
        let body = r#"{"reason": "NotFound",
            "message": "the server could not find the requested resource"}"#;
        check(404, body, Reason::UnknownKind, Repeat::Never);
    }

    #[test]
    fn an_answer_that_is_no_status_is_told_as_it_is() {
        let error = check(503, "", Reason::Unavailable, Repeat::Always);
        let message = "the API server answered 503 Service Unavailable";
        assert_eq!(error.to_string(), message);
        let page = "ü".repeat(LONGEST_MESSAGE);
        let error = check(502, &page, Reason::Unavailable, Repeat::Harmless);
        assert!(error.to_string().len() < LONGEST_MESSAGE + 4);
        check(
            400,
            "\u{fffd}{\"message\": 3}",
            Reason::Invalid,
            Repeat::Never,
        );
    }

    #[test]
    fn a_refused_connection_was_no_request() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let failure =
            Failure::of_transport(::kube::Error::Service(Box::new(io::Error::other(refused))));
        assert!(failure.allows(false));
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let failure = Failure::of_transport(::kube::Error::Service(Box::new(reset)));
        assert!(failure.allows(true) && !failure.allows(false));
        assert_eq!(failure.error.reason, Reason::Unavailable);
    }
}
