//! Reading the elements directly inside `<manifest>`, and merging splits.

use std::cell::Cell;

use super::application;
use super::node::{lacks_id, parts, shown, Node, Scope, MOST_TEXT};
use super::{DefinedPermission, Feature, IntentQuery, Manifest, Permission};
use crate::xml::attrs;
use crate::xml::document::Document;
use crate::xml::table::Resources;
use crate::xml::value::Value;
use crate::{Code, Error, FaultLog};

/// Rows of all lists together; a real package has a few thousand.
const MOST_ROWS: usize = 200_000;

/// A manifest in the making.
pub(super) struct Reading {
    pub manifest: Manifest,
    pub anomalies: FaultLog,
    pub faults: FaultLog,
    rows_left: usize,
    /// The application's permission, which its components fall back to.
    pub application_permission: Option<String>,
}

impl Reading {
    /// Whether one more row may be kept.
    pub fn row(&mut self, node: &Node<'_, '_, '_>) -> bool {
        if self.rows_left == 0 || node.scope.text_left.get() == 0 {
            self.faults.note("manifest_limit", || {
                (node.locator(), "further elements were left out".into())
            });
            return false;
        }
        self.rows_left -= 1;
        true
    }
}

/// Merges the manifests of a package. Each comes with the prefix of locators in its container: empty for the base,
/// `split_x.apk!` for a split. The base is the one without a prefix, else the one that names no split.
///
/// # Errors
/// [`Code::Unreadable`] when there is no manifest, the base's root is not `<manifest>`, or it names no package.
pub fn read<'a>(documents: &[(&str, &Document<'a>)], resources: &Resources<'a>) -> Result<Manifest, Error> {
    let text_left = Cell::new(MOST_TEXT);
    let scopes: Vec<Scope<'_, 'a>> = documents
        .iter()
        .map(|(prefix, document)| Scope {
            document,
            resources,
            prefix,
            text_left: &text_left,
        })
        .collect();
    let is_manifest = |scope: &Scope<'_, 'a>| scope.root().is_some_and(|root| root.name() == "manifest");
    let names_split = |scope: &Scope<'_, 'a>| scope.root().is_some_and(|root| root.plain("split").is_some());
    let base = scopes
        .iter()
        .position(|scope| scope.prefix.is_empty() && is_manifest(scope))
        .or_else(|| {
            scopes
                .iter()
                .position(|scope| is_manifest(scope) && !names_split(scope))
        })
        .or_else(|| scopes.iter().position(is_manifest))
        .ok_or_else(|| Error::new(Code::Unreadable, "there is no <manifest>", "AndroidManifest.xml"))?;

    let mut reading = Reading {
        manifest: Manifest::default(),
        anomalies: FaultLog::default(),
        faults: FaultLog::default(),
        rows_left: MOST_ROWS,
        application_permission: None,
    };
    let order = std::iter::once(base).chain((0..scopes.len()).filter(|at| *at != base));
    for (place, scope) in order.filter_map(|at| Some((at, scopes.get(at)?))) {
        for row in &scope.document.anomalies {
            reading.anomalies.note(row.code, || {
                (format!("{}{}", scope.prefix, row.place), row.what.clone())
            });
        }
        for row in &scope.document.faults {
            reading.faults.note(row.code, || {
                (format!("{}{}", scope.prefix, row.place), row.what.clone())
            });
        }
        match scope.root().filter(|root| root.name() == "manifest") {
            Some(root) if place == base => base_root(&root, &mut reading)?,
            Some(root) => split_root(&root, &mut reading),
            None => {
                reading.faults.note("no_manifest", || {
                    (
                        scope.prefix.to_owned(),
                        "the root of the split's manifest is not <manifest>".into(),
                    )
                });
                continue;
            }
        }
        look_over(scope, &mut reading);
        if let Some(root) = scope.root() {
            children(&root, place == base, &mut reading);
        }
    }
    let mut manifest = reading.manifest;
    manifest.anomalies = reading.anomalies.finish();
    manifest.faults = reading.faults.finish();
    manifest.complete = manifest.faults.is_empty();
    Ok(manifest)
}

fn base_root(root: &Node<'_, '_, '_>, reading: &mut Reading) -> Result<(), Error> {
    let package = root
        .plain("package")
        .and_then(|attribute| attribute.value.text())
        .unwrap_or_default();
    if package.is_empty() {
        return Err(Error::new(
            Code::Unreadable,
            "the manifest names no package",
            "AndroidManifest.xml",
        ));
    }
    if !is_package_name(&package) {
        let what = format!("Android refuses the package name {:?}", shown(&package));
        reading
            .anomalies
            .note("package_name", || ("/@package".into(), what));
    }
    let manifest = &mut reading.manifest;
    manifest.package = package.chars().take(255).collect();
    let major = root.int(attrs::VERSION_CODE_MAJOR).unwrap_or(0);
    let minor = root.int(attrs::VERSION_CODE).unwrap_or(0);
    manifest.version_code = i64::from(major) << 32 | i64::from(minor as u32);
    manifest.version_name = root.text(attrs::VERSION_NAME);
    manifest.shared_user_id = root.text(attrs::SHARED_USER_ID).filter(|id| !id.is_empty());
    manifest.split = root
        .plain("split")
        .and_then(|split| split.value.text())
        .map(|split| shown(&split).into_owned());
    let sdks: Vec<_> = root
        .children()
        .filter(|child| child.name() == "uses-sdk")
        .collect();
    if sdks.len() > 1 {
        reading.anomalies.note("uses_sdk_repeated", || {
            (
                "/uses-sdk[2]".into(),
                "there are several <uses-sdk>; the last one counts".into(),
            )
        });
    }
    uses_sdk(sdks.last(), reading);
    Ok(())
}

fn split_root(root: &Node<'_, '_, '_>, reading: &mut Reading) {
    let package = root
        .plain("package")
        .and_then(|attribute| attribute.value.text())
        .unwrap_or_default();
    if !package.is_empty() && package.as_str() != reading.manifest.package {
        let what = format!("the split is of the package {:?}", shown(&package));
        reading.anomalies.note("split_package", || {
            (format!("{}/@package", root.scope.prefix), what)
        });
    }
}

fn is_package_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '_')
    };
    name.split('.').all(part) && (name.contains('.') || name == "android") && name.len() <= 223
}

fn uses_sdk(node: Option<&Node<'_, '_, '_>>, reading: &mut Reading) {
    let version = |id| node.and_then(|node| node.value(id).map(|value| sdk(&value)));
    let (minimum, target) = (
        version(attrs::MIN_SDK_VERSION),
        version(attrs::TARGET_SDK_VERSION),
    );
    if [&minimum, &target]
        .iter()
        .any(|sdk| matches!(sdk, Some(Sdk { written: true, .. })))
    {
        reading.anomalies.note("sdk_as_text", || {
            (
                "/uses-sdk".into(),
                "an API level is written as text, which release devices refuse".into(),
            )
        });
    }
    let manifest = &mut reading.manifest;
    // Without a target Android takes the minimum, and without a minimum 1; a codename of the target alone counts for both.
    let minimum = minimum.or_else(|| target.clone().filter(|target| target.codename.is_some()));
    let minimum = minimum.unwrap_or(Sdk {
        level: Some(1),
        codename: None,
        written: false,
    });
    let target = target.unwrap_or_else(|| minimum.clone());
    (manifest.min_sdk, manifest.min_sdk_codename) = (minimum.level, minimum.codename);
    (manifest.target_sdk, manifest.target_sdk_codename) = (target.level, target.codename);
    manifest.max_sdk = node.and_then(|node| node.int(attrs::MAX_SDK_VERSION));
}

#[derive(Debug, Clone)]
struct Sdk {
    level: Option<i32>,
    codename: Option<String>,
    /// A number, but as text.
    written: bool,
}

fn sdk(value: &Value<'_>) -> Sdk {
    let Some(text) = value.as_text() else {
        return Sdk {
            level: value.as_int(),
            codename: None,
            written: false,
        };
    };
    if let Ok(level) = text.parse() {
        return Sdk {
            level: Some(level),
            codename: None,
            written: true,
        };
    }
    let name = text.split('.').next().unwrap_or(text);
    let level = CODENAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, level)| *level);
    Sdk {
        level,
        codename: Some(shown(text).into_owned()),
        written: false,
    }
}

/// Names of previews, and the API level each became.
const CODENAMES: [(&str, i32); 17] = [
    ("J", 16),
    ("KeyLimePie", 19),
    ("L", 21),
    ("M", 23),
    ("MNC", 23),
    ("N", 24),
    ("O", 26),
    ("P", 28),
    ("Q", 29),
    ("R", 30),
    ("S", 31),
    ("Sv2", 32),
    ("Tiramisu", 33),
    ("UpsideDownCake", 34),
    ("VanillaIceCream", 35),
    ("Baklava", 36),
    ("CinnamonBun", 37),
];

/// Notes what Android misses anywhere in the document.
fn look_over(scope: &Scope<'_, '_>, reading: &mut Reading) {
    let Some(root) = scope.root() else { return };
    for (number, element) in (0u32..).zip(scope.document.elements()) {
        let node = Node {
            number,
            element,
            ..root
        };
        if let Some(attribute) = node.attributes().iter().find(|attribute| lacks_id(attribute)) {
            let what = "Android finds attributes by id, and this one has none";
            let place = || format!("{}@{}", node.locator(), attribute.written);
            reading
                .anomalies
                .note("attribute_without_id", || (place(), what.into()));
        }
        let name = node.name();
        if name.starts_with("uses-permission") && element.parent != Some(0) {
            reading.anomalies.note("permission_out_of_place", || {
                (
                    node.locator(),
                    "Android reads permissions directly inside <manifest> only".into(),
                )
            });
        }
    }
}

fn children(root: &Node<'_, '_, '_>, is_base: bool, reading: &mut Reading) {
    let mut application_seen = false;
    for node in root.children() {
        match node.name() {
            "application" if application_seen => {
                reading.anomalies.note("application_repeated", || {
                    (
                        node.locator(),
                        "Android ignores every <application> but the first".into(),
                    )
                });
            }
            "application" => {
                application_seen = true;
                application::read(&node, is_base, reading);
            }
            "uses-permission" => permission(&node, None, reading),
            "uses-permission-sdk-23" | "uses-permission-sdk-m" => permission(&node, Some(true), reading),
            "permission" => defined_permission(&node, reading),
            "uses-feature" => feature(&node, reading),
            "queries" => queries(&node, reading),
            _ => {}
        }
    }
    if is_base && !application_seen {
        reading.anomalies.note("no_application", || {
            ("/".into(), "the manifest has no <application>".into())
        });
    }
}

fn permission(node: &Node<'_, '_, '_>, min_sdk_only: Option<bool>, reading: &mut Reading) {
    let Some(name) = node.literal(attrs::NAME).filter(|name| !name.is_empty()) else {
        let what = match node.text(attrs::NAME) {
            Some(name) => format!(
                "Android asks for no permission here, since the name {:?} is a reference",
                shown(&name)
            ),
            None => "Android asks for no permission here, since there is no name".to_owned(),
        };
        reading
            .anomalies
            .note("permission_name", || (node.locator(), what));
        return;
    };
    if !reading.row(node) {
        return;
    }
    let max_sdk = node.int(attrs::MAX_SDK_VERSION);
    let locator = node.locator();
    reading.manifest.permissions.push(Permission {
        name,
        max_sdk,
        min_sdk_only,
        locator,
    });
}

fn defined_permission(node: &Node<'_, '_, '_>, reading: &mut Reading) {
    let Some(name) = node.text(attrs::NAME) else {
        return;
    };
    if reading.row(node) {
        let protection = protection(node.int(attrs::PROTECTION_LEVEL).unwrap_or(0) as u32);
        reading.manifest.defined_permissions.push(DefinedPermission {
            name,
            protection,
            locator: node.locator(),
        });
    }
}

fn protection(level: u32) -> String {
    const FLAGS: [&str; 18] = [
        "privileged",
        "development",
        "appop",
        "pre23",
        "installer",
        "verifier",
        "preinstalled",
        "setup",
        "instant",
        "runtime",
        "oem",
        "vendorPrivileged",
        "textClassifier",
        "wellbeing",
        "documenter",
        "configurator",
        "incidentReportApprover",
        "appPredictor",
    ];
    let base = match level & 0xf {
        0 => "normal".to_owned(),
        1 => "dangerous".to_owned(),
        2 => "signature".to_owned(),
        3 => "signatureOrSystem".to_owned(),
        4 => "internal".to_owned(),
        other => other.to_string(),
    };
    let known = FLAGS
        .iter()
        .enumerate()
        .filter(|(bit, _)| level >> (bit + 4) & 1 == 1);
    let text = known.fold(base, |text, (_, flag)| format!("{text}|{flag}"));
    match level >> (4 + FLAGS.len()) << (4 + FLAGS.len()) {
        0 => text,
        rest => format!("{text}|{rest:#x}"),
    }
}

fn feature(node: &Node<'_, '_, '_>, reading: &mut Reading) {
    let Some(name) = node.text(attrs::NAME).filter(|name| !name.is_empty()) else {
        return;
    };
    if reading.row(node) {
        let required = node.bool(attrs::REQUIRED).unwrap_or(true);
        reading.manifest.features.push(Feature {
            name,
            required,
            locator: node.locator(),
        });
    }
}

fn queries(node: &Node<'_, '_, '_>, reading: &mut Reading) {
    for child in node.children() {
        if !reading.row(&child) {
            return;
        }
        let queries = &mut reading.manifest.queries;
        match child.name() {
            "package" => queries.packages.extend(child.text(attrs::NAME)),
            "provider" => queries
                .providers
                .extend(child.text(attrs::AUTHORITIES).iter().flat_map(|text| parts(text))),
            "intent" => queries.intents.push(intent_query(&child)),
            _ => {}
        }
    }
}

fn intent_query(node: &Node<'_, '_, '_>) -> IntentQuery {
    let mut query = IntentQuery::default();
    for child in node.children() {
        match child.name() {
            "action" => query.actions.extend(child.filter_name().map(|(name, _)| name)),
            "data" => query
                .data
                .extend(child.text(attrs::SCHEME).or_else(|| child.text(attrs::MIME_TYPE))),
            _ => {}
        }
    }
    query
}
