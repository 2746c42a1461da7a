//! A package of any container format: one APK, a set of split APKs, a bundle of APKs, or an app bundle.
//!
//! [`Package::open`] takes the bytes of one or more files and opens every APK in them; [`Package::containers`] has the base
//! first. An entry is named by a path: its own name for the base, `container!name` for every other container.
//!
//! ```no_run
//! # fn main() -> Result<(), apk::Error> {
//! use apk::package::{Input, Package};
//! # let file: Vec<u8> = Vec::new();
//! let limits = apk::Limits::default();
//! let package = Package::open(vec![Input { name: "food.xapk".into(), bytes: apk::Bytes::from(file) }], &limits)?;
//! let budget = apk::Budget::new(&limits);
//! for dex in package.dex_entries() {
//!     println!("{}: {} bytes", package.path(dex), package.read(dex, &budget)?.len());
//! }
//! # Ok(())
//! # }
//! ```

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Fault, FaultLog};
use crate::limits::{Budget, Limits};
use crate::zip::Archive;

const MANIFEST: &str = "AndroidManifest.xml";
const XAPK_INDEX: &str = "manifest.json";
const XAPK_INDEX_MAX: usize = 4 << 20;
/// Large apps come in some hundred splits; each is searched by its path.
const CONTAINERS_MAX: usize = 1024;

/// The format a package came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One APK.
    Apk,
    /// Several APK files, or a plain ZIP of them.
    Splits,
    /// APKPure's bundle: APKs and a `manifest.json`.
    Xapk,
    /// What bundletool or Split APKs Installer writes.
    Apks,
    /// APKMirror's bundle.
    Apkm,
    /// An app bundle as uploaded to a store: modules, protobuf manifest and resources.
    Aab,
}

impl Format {
    /// The name used across the boundary.
    pub fn name(self) -> &'static str {
        match self {
            Format::Apk => "apk",
            Format::Splits => "splits",
            Format::Xapk => "xapk",
            Format::Apks => "apks",
            Format::Apkm => "apkm",
            Format::Aab => "aab",
        }
    }
}

/// One file handed in.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its file name; only its ending is looked at, and only when the content leaves the format open.
    pub name: String,
    /// Its content, shared and not copied.
    pub bytes: Bytes,
}

/// One archive of a package.
#[derive(Debug)]
pub struct Container {
    /// The file name, or the name inside the bundle.
    pub path: String,
    /// The opened archive.
    pub archive: Archive,
}

impl Container {
    /// The SHA-256 of the file, in hexadecimal. Reads the whole file.
    pub fn sha256(&self) -> String {
        sha256(self.archive.bytes())
    }
}

/// One entry of one container: two indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Index into [`Package::containers`].
    pub container: usize,
    /// Index into the entries of that container's archive.
    pub entry: usize,
}

/// An opened package.
#[derive(Debug)]
pub struct Package {
    format: Format,
    containers: Vec<Container>,
    bundle: Option<Bytes>,
    left_out: Vec<String>,
    anomalies: Vec<Fault>,
    faults: Vec<Fault>,
}

impl Package {
    /// Opens the APKs of `inputs`: one file of any format, or the files of one split set in any order.
    ///
    /// # Errors
    /// [`Code::NotAPackage`] when nothing is an Android package, [`Code::Unreadable`] when all of it is damaged,
    /// [`Code::Limit`] when opening it would exceed `limits`. A set of which a part can be read opens; the rest are faults.
    pub fn open(inputs: Vec<Input>, limits: &Limits) -> Result<Self, Error> {
        let mut inputs = inputs;
        let mut opening = Opening::new(limits);
        let (format, bundle) = match (inputs.pop(), inputs.is_empty()) {
            (None, _) => return Err(Error::new(Code::NotAPackage, "no file given", "")),
            (Some(only), true) => opening.one(only)?,
            (Some(last), false) => {
                inputs.push(last);
                for input in inputs {
                    opening.member(input.name, input.bytes);
                }
                (Format::Splits, None)
            }
        };
        opening.finish(format, bundle)
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The base first, then the others in the order met.
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// Moves the container `index` to the front: for a reader of manifests that knows better than names which is the base.
    pub fn set_base(&mut self, index: usize) {
        if index < self.containers.len() {
            self.containers[..=index].rotate_right(1);
        }
    }

    /// The SHA-256, in hexadecimal, of the bundle file, else of the base APK. Reads the whole file.
    pub fn sha256(&self) -> String {
        self.main().map_or_else(String::new, |bytes| sha256(bytes))
    }

    /// The size of the file that [`Package::sha256`] is about.
    pub fn size(&self) -> u64 {
        self.main().map_or(0, |bytes| bytes.len() as u64)
    }

    /// Members of a bundle that are not opened: the same code once more for old devices, and expansion files.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Anomalies of the bundle and of every container, placed by entry path.
    pub fn anomalies(&self) -> Vec<Fault> {
        self.collect(&self.anomalies, Archive::anomalies)
    }

    /// What could not be read, of the bundle and of every container, placed by entry path.
    pub fn faults(&self) -> Vec<Fault> {
        self.collect(&self.faults, Archive::faults)
    }

    /// `name` in the base, `container!name` elsewhere.
    pub fn path(&self, place: Place) -> String {
        let Some(container) = self.containers.get(place.container) else {
            return String::new();
        };
        let name = container
            .archive
            .entries()
            .get(place.entry)
            .map_or("", |entry| entry.name.as_str());
        if place.container == 0 {
            name.to_owned()
        } else {
            format!("{}!{name}", container.path)
        }
    }

    /// The entry at a path, as [`Package::path`] writes it.
    pub fn find(&self, path: &str) -> Option<Place> {
        let inside = |container: usize, name: &str| {
            let entry = self.containers.get(container)?.archive.find(name)?;
            Some(Place { container, entry })
        };
        let split = || {
            let (index, container) = self.containers.iter().enumerate().find(|(_, container)| {
                path.strip_prefix(container.path.as_str())
                    .is_some_and(|rest| rest.starts_with('!'))
            })?;
            inside(index, path.get(container.path.len().checked_add(1)?..)?)
        };
        inside(0, path).or_else(split)
    }

    /// The bytes of one entry.
    ///
    /// # Errors
    /// As [`Archive::read`].
    pub fn read(&self, place: Place, budget: &Budget) -> Result<Bytes, Error> {
        let container = self.containers.get(place.container);
        let container = container.ok_or_else(|| Error::new(Code::NoEntry, "no such container", ""))?;
        container.archive.read(place.entry, budget)
    }

    /// The manifests: one for each APK, one for each module of an app bundle (in protobuf form), the base's first.
    pub fn manifests(&self) -> Vec<Place> {
        self.per_module("manifest/AndroidManifest.xml", MANIFEST)
    }

    /// The resource tables, as [`Package::manifests`]: `resources.arsc`, or `resources.pb` in an app bundle.
    pub fn resource_tables(&self) -> Vec<Place> {
        self.per_module("resources.pb", "resources.arsc")
    }

    /// The DEX files the runtime loads, container by container in its order: `classes.dex`, `classes2.dex` and so on up to
    /// the first number that is missing.
    pub fn dex_entries(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (container, folder) in self.folders("dex/") {
            let archive = &self.containers[container].archive;
            let numbered = (1usize..).map(|number| match number {
                1 => format!("{folder}classes.dex"),
                _ => format!("{folder}classes{number}.dex"),
            });
            let found = numbered.map_while(|name| archive.find(&name));
            places.extend(found.map(|entry| Place { container, entry }));
        }
        places
    }

    fn main(&self) -> Option<&Bytes> {
        self.bundle
            .as_ref()
            .or_else(|| self.containers.first().map(|container| container.archive.bytes()))
    }

    fn collect(&self, own: &[Fault], of: fn(&Archive) -> &[Fault]) -> Vec<Fault> {
        let mut all = own.to_vec();
        for (index, container) in self.containers.iter().enumerate() {
            all.extend(of(&container.archive).iter().cloned().map(|mut fault| {
                fault.place = match (index, fault.place.strip_prefix("entry:")) {
                    (0, _) => fault.place,
                    (_, Some(name)) => format!("entry:{}!{name}", container.path),
                    (_, None) => format!("entry:{}", container.path),
                };
                fault
            }));
        }
        all
    }

    fn per_module(&self, in_module: &str, in_apk: &str) -> Vec<Place> {
        let wanted = if self.format == Format::Aab {
            in_module
        } else {
            in_apk
        };
        self.folders("")
            .into_iter()
            .filter_map(|(container, folder)| {
                let entry = self.containers[container]
                    .archive
                    .find(&format!("{folder}{wanted}"))?;
                Some(Place { container, entry })
            })
            .collect()
    }

    /// Each container with the folder that holds a module: the root of an APK, `<module>/` with `below` of an app bundle.
    fn folders(&self, below: &str) -> Vec<(usize, String)> {
        if self.format != Format::Aab {
            return (0..self.containers.len())
                .map(|container| (container, String::new()))
                .collect();
        }
        let Some(bundle) = self.containers.first() else {
            return Vec::new();
        };
        let module = |name: &str| {
            name.strip_suffix("/manifest/AndroidManifest.xml")
                .map(str::to_owned)
        };
        let mut modules: Vec<String> = bundle
            .archive
            .entries()
            .iter()
            .filter_map(|entry| module(&entry.name))
            .collect();
        modules.sort_by_key(|name| (name != "base", name.clone()));
        modules.dedup();
        modules
            .into_iter()
            .map(|name| (0, format!("{name}/{below}")))
            .collect()
    }
}

/// What is known while the containers are being opened.
struct Opening<'a> {
    limits: &'a Limits,
    budget: Budget,
    containers: Vec<Container>,
    base: Option<String>,
    left_out: Vec<String>,
    anomalies: FaultLog,
    faults: FaultLog,
    first_error: Option<Error>,
}

impl<'a> Opening<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            budget: Budget::new(limits),
            containers: Vec::new(),
            base: None,
            left_out: Vec::new(),
            anomalies: FaultLog::default(),
            faults: FaultLog::default(),
            first_error: None,
        }
    }

    fn one(&mut self, input: Input) -> Result<(Format, Option<Bytes>), Error> {
        let archive = Archive::open(input.bytes.clone(), self.limits)?;
        let format = format_of(&archive, &input.name)?;
        if matches!(format, Format::Apk | Format::Aab) {
            if format == Format::Apk && archive.find(MANIFEST).is_none() {
                self.faults.push(
                    format!("entry:{MANIFEST}"),
                    "manifest_missing",
                    "code, but no manifest",
                );
            }
            self.containers.push(Container {
                path: input.name,
                archive,
            });
            return Ok((format, None));
        }
        if self.limits.depth < 2 {
            return Err(Error::new(
                Code::Limit,
                "archives inside archives exceed the depth allowed",
                "",
            ));
        }
        self.bundle(&archive, format);
        Ok((format, Some(input.bytes)))
    }

    fn bundle(&mut self, archive: &Archive, format: Format) {
        for fault in archive.anomalies() {
            self.anomalies
                .push(fault.place.clone(), fault.code, fault.what.clone());
        }
        for fault in archive.faults() {
            self.faults
                .push(fault.place.clone(), fault.code, fault.what.clone());
        }
        if format == Format::Xapk {
            self.base = self.xapk_base(archive);
        }
        let names = || archive.entries().iter().map(|entry| entry.name.as_str());
        let has_splits = names().any(|name| name.starts_with("splits/") && is_apk(name));
        for (index, name) in names().enumerate() {
            let again = has_splits && (name.starts_with("standalones/") || name.starts_with("instant/"));
            if name.ends_with(".obb") || (again && is_apk(name)) {
                self.left_out.push(name.to_owned());
            } else if is_apk(name) && archive.find(name) == Some(index) {
                match archive.read(index, &self.budget) {
                    Ok(bytes) => self.member(name.to_owned(), bytes),
                    Err(error) => self.lose(name, error),
                }
            }
        }
    }

    fn member(&mut self, path: String, bytes: Bytes) {
        if self.containers.len() >= CONTAINERS_MAX {
            let message = format!("an APK beyond the first {CONTAINERS_MAX}");
            return self.lose(&path, Error::new(Code::Limit, message, ""));
        }
        match Archive::open(bytes, self.limits) {
            Ok(archive) if archive.find(MANIFEST).is_some() => {
                let twins = self.containers.iter().filter(|other| other.path == path).count();
                let path = if twins == 0 {
                    path
                } else {
                    format!("{path} ({})", twins.saturating_add(1))
                };
                self.containers.push(Container { path, archive });
            }
            Ok(_) => self.lose(
                &path,
                Error::new(Code::NotAPackage, "an APK without a manifest", ""),
            ),
            Err(error) => self.lose(&path, error),
        }
    }

    fn lose(&mut self, path: &str, error: Error) {
        self.faults.push(
            format!("entry:{path}"),
            "container_unreadable",
            error.message.clone(),
        );
        self.first_error.get_or_insert(error);
    }

    fn xapk_base(&mut self, archive: &Archive) -> Option<String> {
        let index = archive.find(XAPK_INDEX)?;
        let text = archive.head(index, XAPK_INDEX_MAX, &self.budget).ok()?;
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&text) else {
            self.anomalies.push(
                format!("entry:{XAPK_INDEX}"),
                "bad_index",
                "the list of APKs is no JSON",
            );
            return None;
        };
        let splits = json.get("split_apks")?.as_array()?;
        let base = splits
            .iter()
            .find(|split| split.get("id").is_some_and(|id| id == "base"))?;
        base.get("file")?.as_str().map(str::to_owned)
    }

    fn finish(mut self, format: Format, bundle: Option<Bytes>) -> Result<Package, Error> {
        let named = self.base.take();
        let base = (0..self.containers.len()).max_by_key(|&index| {
            let container = &self.containers[index];
            let named = named.as_deref() == Some(container.path.as_str());
            // Of equals the last is taken, so the index counts backwards.
            (named, base_likeness(container), std::cmp::Reverse(index))
        });
        let Some(base) = base else {
            let nothing = || Error::new(Code::NotAPackage, "no APK in it", "");
            return Err(self.first_error.unwrap_or_else(nothing));
        };
        let mut package = Package {
            format,
            containers: self.containers,
            bundle,
            left_out: self.left_out,
            anomalies: self.anomalies.finish(),
            faults: self.faults.finish(),
        };
        package.set_base(base);
        Ok(package)
    }
}

fn format_of(archive: &Archive, name: &str) -> Result<Format, Error> {
    let has = |name: &str| archive.find(name).is_some();
    if has(MANIFEST) {
        return Ok(Format::Apk);
    }
    if has("BundleConfig.pb") || has("base/manifest/AndroidManifest.xml") {
        return Ok(Format::Aab);
    }
    if archive.entries().iter().any(|entry| is_apk(&entry.name)) {
        let ending = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        return Ok(
            if has("toc.pb") || has("meta.sai_v1.json") || has("meta.sai_v2.json") {
                Format::Apks
            } else if has(XAPK_INDEX) {
                Format::Xapk
            } else if has("info.json") {
                Format::Apkm
            } else {
                match ending.as_str() {
                    "xapk" => Format::Xapk,
                    "apks" => Format::Apks,
                    "apkm" => Format::Apkm,
                    _ => Format::Splits,
                }
            },
        );
    }
    if has("classes.dex") {
        return Ok(Format::Apk);
    }
    Err(Error::new(
        Code::NotAPackage,
        "a ZIP archive with neither an Android manifest nor an APK in it",
        "",
    ))
}

fn is_apk(name: &str) -> bool {
    name.len() > 4
        && name
            .get(name.len().saturating_sub(4)..)
            .is_some_and(|end| end.eq_ignore_ascii_case(".apk"))
}

/// Greater is likelier the base: the name packagers give it, then not a name they give to splits, then code, then size.
fn base_likeness(container: &Container) -> (bool, bool, bool, usize) {
    let file = container.path.rsplit('/').next().unwrap_or("");
    let split = file.starts_with("split_") || file.starts_with("config.") || file.contains(".config.");
    (
        matches!(file, "base.apk" | "base-master.apk" | "universal.apk"),
        !split,
        container.archive.find("classes.dex").is_some(),
        container.archive.bytes().len(),
    )
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
