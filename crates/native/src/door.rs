//! The one door from Python into Rust: lets other Python threads run, catches panics, turns failures into `CoreError`.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe, PanicHookInfo};

use pyo3::prelude::*;

pyo3::create_exception!(
    _core,
    CoreError,
    pyo3::exceptions::PyException,
    "A failure inside the core; `code` is one of `error_codes()`, `message` an English sentence, `where` a locator or empty."
);

/// Every code that a [`Failure`] can carry.
pub const CODES: [&str; 7] = [
    "not_a_package",
    "unreadable",
    "limit",
    "bad_query",
    "no_entry",
    "confine",
    "internal",
];

/// Why a call could not be answered at all.
#[derive(Debug)]
pub struct Failure {
    code: &'static str,
    message: String,
    place: String,
}

impl Failure {
    pub fn bad_query(error: &serde_json::Error) -> Self {
        Self {
            code: "bad_query",
            message: error.to_string(),
            place: String::new(),
        }
    }

    pub fn internal(message: impl Into<String>, place: impl Into<String>) -> Self {
        Self {
            code: "internal",
            message: message.into(),
            place: place.into(),
        }
    }

    pub fn no_entry(path: &str) -> Self {
        Self {
            code: "no_entry",
            message: "no entry of this name".to_owned(),
            place: path.to_owned(),
        }
    }

    pub fn unreadable(message: impl Into<String>, place: impl Into<String>) -> Self {
        Self {
            code: "unreadable",
            message: message.into(),
            place: place.into(),
        }
    }

    fn raise(self, py: Python<'_>) -> PyErr {
        let error = CoreError::new_err((self.code, self.message.clone(), self.place.clone()));
        let value = error.value(py);
        let named = value
            .setattr("code", self.code)
            .and_then(|()| value.setattr("message", self.message))
            .and_then(|()| value.setattr("where", self.place));
        match named {
            Ok(()) => error,
            Err(other) => other,
        }
    }
}

impl From<apk::Error> for Failure {
    fn from(error: apk::Error) -> Self {
        Self {
            code: error.code.name(),
            message: error.message,
            place: error.place,
        }
    }
}

thread_local! {
    static PANIC_PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Replaces the panic message on standard error by a note for [`enter`], which reports it as `internal`.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let place = panic
            .location()
            .map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        PANIC_PLACE.with(|slot| slot.replace(place));
    }));
}

/// Runs `work` with the interpreter released and gives its result or a `CoreError`.
pub fn enter<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Failure> + Send) -> PyResult<T> {
    py.detach(|| caught(work)).map_err(|failure| failure.raise(py))
}

fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let place = PANIC_PLACE.with(|slot| slot.take());
        Err(Failure::internal(panic_words(panic.as_ref()), place))
    })
}

fn panic_words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure_that_says_where() {
        quiet_panics();
        let failure = caught::<()>(|| panic!("table {} is broken", 7)).err();
        let failure = failure.unwrap_or_else(|| Failure::internal("", ""));
        assert_eq!(
            (failure.code, failure.message.as_str()),
            ("internal", "table 7 is broken")
        );
        assert!(failure.place.contains("door.rs:"), "{}", failure.place);
        // The place of one panic is not told of the next failure.
        let next = caught::<()>(|| Err(Failure::no_entry("a")))
            .err()
            .map(|failure| failure.place);
        assert_eq!(next.as_deref(), Some("a"));
    }

    #[test]
    fn every_code_is_listed() {
        for code in [
            apk::Code::NotAPackage,
            apk::Code::Unreadable,
            apk::Code::Limit,
            apk::Code::NoEntry,
        ] {
            assert!(CODES.contains(&code.name()));
        }
    }
}
