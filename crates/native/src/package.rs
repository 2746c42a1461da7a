//! Opens the files of a package and answers what needs no other crate: its entries and their bytes.

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use apk::package::{Input, Package};
use apk::xml::Document;
use apk::{Budget, Bytes};
use flow::Place;
use memmap2::Mmap;
use serde::Serialize;

use crate::door::Failure;
use crate::limits::Limits;
use crate::sources::Sources;

/// An opened package and what reading it may cost.
#[derive(Debug)]
pub struct Opened {
    pub package: Package,
    pub limits: Limits,
    sources: OnceLock<Sources>,
    /// The places in methods that the last `find` came upon, ascending.
    pub found: Mutex<Vec<Place>>,
}

impl Opened {
    /// Opens one package: its only file, or all files of a split set.
    pub fn open(paths: &[String], limits: &[u8]) -> Result<Self, Failure> {
        let limits = Limits::parse(limits)?;
        let inputs = paths.iter().map(|path| input(path)).collect::<Result<_, _>>()?;
        let package = Package::open(inputs, &limits.apk())?;
        let mut opened = Self {
            package,
            limits,
            sources: OnceLock::new(),
            found: Mutex::default(),
        };
        // File names only hint at the base; the manifest of a split says that it is one.
        if opened.package.containers().len() > 1 {
            if let Some(base) = opened.splits().iter().position(Option::is_none) {
                opened.package.set_base(base);
            }
        }
        Ok(opened)
    }

    /// Each container's name as a split, in the order of the containers; none for a base, and where no manifest can be read.
    pub fn splits(&self) -> Vec<Option<String>> {
        let limits = self.limits.apk();
        let budget = self.budget();
        let mut names = vec![None; self.package.containers().len()];
        for place in self.package.manifests() {
            let split = self
                .package
                .read(place, &budget)
                .ok()
                .and_then(|bytes| split_name(&bytes, &limits));
            if let Some(name) = names.get_mut(place.container).filter(|name| name.is_none()) {
                *name = split;
            }
        }
        names
    }

    /// A budget for one question.
    pub fn budget(&self) -> Budget {
        Budget::new(&self.limits.apk())
    }

    /// Every entry of every container.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let containers = self.package.containers().iter();
        containers
            .flat_map(|container| {
                let archive = &container.archive;
                archive
                    .entries()
                    .iter()
                    .enumerate()
                    .map(move |(index, entry)| Entry {
                        container: &container.path,
                        name: &entry.name,
                        size: entry.size,
                        packed: entry.packed,
                        method: entry.method.name(),
                        crc_ok: archive.crc_ok(index),
                    })
            })
            .collect()
    }

    /// The bytes of the entry at a path, which may reach into a container by `!`.
    pub fn read(&self, path: &str) -> Result<Bytes, Failure> {
        let place = self.package.find(path).ok_or_else(|| Failure::no_entry(path))?;
        Ok(self.package.read(place, &self.budget())?)
    }

    /// All DEX code, inflated at the first call.
    pub fn sources(&self) -> &Sources {
        self.sources
            .get_or_init(|| Sources::read(&self.package, &self.limits))
    }
}

/// One row of `entries()`.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    container: &'a str,
    name: &'a str,
    size: u64,
    packed: u64,
    method: &'static str,
    crc_ok: Option<bool>,
}

fn split_name(manifest: &[u8], limits: &apk::Limits) -> Option<String> {
    let document = Document::parse(manifest, limits).ok()?;
    let attributes = document.attributes(document.root()?);
    attributes
        .iter()
        .find(|attribute| attribute.name == "split")?
        .value
        .text()
        .map(apk::xml::Text::into_owned)
}

fn input(path: &str) -> Result<Input, Failure> {
    let name = Path::new(path)
        .file_name()
        .map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    let bytes = map(path).map_err(|error| Failure::unreadable(error.to_string(), &name))?;
    Ok(Input { name, bytes })
}

fn map(path: &str) -> std::io::Result<Bytes> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: a file that somebody shortens while it is mapped ends this process with SIGBUS. Packages are read in a child of
    // their own, whose death by signal the parent reports; nothing else is built on the bytes staying the same.
    let mapped = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(mapped))
}
