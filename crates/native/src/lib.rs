//! The binding: module `mingjian._core`. Bytes of JSON in, bytes of JSON out; `docs/boundary.md` is its contract.
#![deny(missing_docs)]

mod answer;
mod code;
mod confine;
mod declared;
mod door;
mod elf;
mod flows;
mod identity;
mod limits;
mod natives;
mod package;
mod refusals;
mod sources;

/// The compiled core of Mingjian.
#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::PyBytes;

    #[pymodule_export]
    use crate::door::CoreError;
    use crate::door::{enter, Failure};
    use crate::package::Opened;

    /// One opened package; it never changes.
    #[pyclass(frozen)]
    struct Apk {
        opened: Opened,
    }

    impl Apk {
        fn answer<'py>(
            &self,
            py: Python<'py>,
            question: impl FnOnce(&Opened) -> Result<Vec<u8>, Failure> + Send,
        ) -> PyResult<Bound<'py, PyBytes>> {
            let json = enter(py, || question(&self.opened))?;
            Ok(PyBytes::new(py, &json))
        }
    }

    #[pymethods]
    impl Apk {
        /// Opens one package: its only file, or all files of a split set.
        #[staticmethod]
        fn open(py: Python<'_>, paths: Vec<String>, limits: &[u8]) -> PyResult<Self> {
            Ok(Self {
                opened: enter(py, || Opened::open(&paths, limits))?,
            })
        }

        /// What the package is: formats, digests, signers.
        fn identity<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, crate::identity::identity)
        }

        /// The manifest as Android's installer would read it.
        fn manifest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, crate::declared::manifest)
        }

        /// Languages, strings and files by resource type.
        fn resources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, crate::declared::resources)
        }

        /// Every entry of every container.
        fn entries<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, |opened| crate::answer::json(&opened.entries()))
        }

        /// The bytes of one entry.
        fn read<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyBytes>> {
            let bytes = enter(py, || self.opened.read(name))?;
            Ok(PyBytes::new(py, &bytes))
        }

        /// Java packages with their number of classes.
        fn packages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, crate::code::packages)
        }

        /// Elements of binary XML files that carry what is asked for.
        fn elements<'py>(&self, py: Python<'py>, query: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, |opened| crate::declared::elements(opened, query))
        }

        /// All questions of the catalogue in one pass over all code.
        fn find<'py>(&self, py: Python<'py>, query: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, |opened| crate::code::find(opened, query))
        }

        /// Which finds are reached from which entry points.
        fn reach<'py>(&self, py: Python<'py>, query: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, |opened| crate::code::reach(opened, query))
        }

        /// Which values go from which sources to which sinks, and by which ways code is reached.
        fn flows<'py>(&self, py: Python<'py>, query: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, |opened| crate::flows::flows(opened, query))
        }

        /// What the answers about the code rest on, as a digest in hexadecimal; `context` is what else they depend on.
        fn code_key(&self, py: Python<'_>, context: &[u8]) -> PyResult<String> {
            enter(py, || self.opened.sources().digest(context))
        }

        /// Native libraries: imports, JNI names, strings.
        fn natives<'py>(&self, py: Python<'py>, query: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
            self.answer(py, |opened| {
                crate::natives::natives(&opened.package, query, &opened.budget())
            })
        }
    }

    /// Irrevocably confines this process and says how far that went.
    #[pyfunction]
    fn confine<'py>(py: Python<'py>, level: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let reached = enter(py, || crate::confine::confine(level))?;
        Ok(PyBytes::new(py, &reached))
    }

    /// Every code that a `CoreError` can carry.
    #[pyfunction]
    fn error_codes() -> Vec<&'static str> {
        crate::door::CODES.to_vec()
    }

    /// The version of the core.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::door::quiet_panics();
        Ok(())
    }
}
