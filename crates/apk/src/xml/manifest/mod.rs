//! The manifest, as Android's installer would read it.

mod application;
mod node;
mod read;

use std::collections::BTreeMap;

use serde::Serialize;

pub use read::read;

use crate::Fault;

/// The manifests of a package and its splits, merged. The fields are those of `manifest()` in `docs/boundary.md`.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)]
pub struct Manifest {
    pub package: String,
    pub version_code: i64,
    pub version_name: Option<String>,
    pub shared_user_id: Option<String>,
    /// Of the first manifest, when the package has no base.
    pub split: Option<String>,
    pub min_sdk: Option<i32>,
    pub target_sdk: Option<i32>,
    pub max_sdk: Option<i32>,
    pub min_sdk_codename: Option<String>,
    pub target_sdk_codename: Option<String>,
    /// By language, `""` for the default.
    pub label: BTreeMap<String, String>,
    pub permissions: Vec<Permission>,
    pub defined_permissions: Vec<DefinedPermission>,
    pub features: Vec<Feature>,
    pub queries: Queries,
    pub application: Application,
    pub components: Vec<Component>,
    pub meta: Vec<Meta>,
    pub libraries: Vec<String>,
    pub anomalies: Vec<Fault>,
    pub faults: Vec<Fault>,
    pub complete: bool,
}

/// A permission that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Permission {
    pub name: String,
    /// The last API level it is asked for on.
    pub max_sdk: Option<i32>,
    /// `true` when it is asked for from API 23 on only.
    pub min_sdk_only: Option<bool>,
    pub locator: String,
}

/// A permission that the package defines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct DefinedPermission {
    pub name: String,
    /// The base level, and flags behind `|`, such as `signature|privileged`.
    pub protection: String,
    pub locator: String,
}

/// A hardware or software feature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Feature {
    pub name: String,
    pub required: bool,
    pub locator: String,
}

/// Other packages this one may see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Queries {
    pub packages: Vec<String>,
    pub intents: Vec<IntentQuery>,
    /// Authorities.
    pub providers: Vec<String>,
}

/// Packages that answer an intent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct IntentQuery {
    pub actions: Vec<String>,
    /// Schemes, and MIME types where there is no scheme.
    pub data: Vec<String>,
}

/// What the package says of itself as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Application {
    pub name: Option<String>,
    pub debuggable: bool,
    pub allow_backup: bool,
    pub cleartext: Option<bool>,
    pub network_security_config: Option<String>,
    pub process: Option<String>,
    /// `None` when the manifest has no application.
    pub locator: Option<String>,
}

impl Default for Application {
    /// What Android takes for granted.
    fn default() -> Self {
        Self {
            name: None,
            debuggable: false,
            allow_backup: true,
            cleartext: None,
            network_security_config: None,
            process: None,
            locator: None,
        }
    }
}

/// The kind of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Kind {
    Activity,
    Alias,
    Service,
    Receiver,
    Provider,
}

/// An activity, alias, service, receiver or provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Component {
    pub kind: Kind,
    pub name: String,
    /// The activity behind an alias.
    pub target: Option<String>,
    pub exported: bool,
    pub exported_explicit: bool,
    pub enabled: bool,
    /// Its own, or the application's where Android falls back to that.
    pub permission: Option<String>,
    pub process: Option<String>,
    pub authorities: Vec<String>,
    pub init_order: Option<i32>,
    pub direct_boot: bool,
    pub foreground_service_types: Vec<String>,
    pub filters: Vec<Filter>,
    pub meta: Vec<ComponentMeta>,
    pub launcher: bool,
    pub locator: String,
}

/// An intent filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Filter {
    pub actions: Vec<String>,
    pub categories: Vec<String>,
    pub schemes: Vec<String>,
    pub hosts: Vec<String>,
    pub priority: i32,
}

/// A named value of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct ComponentMeta {
    pub name: String,
    pub value: Option<String>,
}

/// A named value of the application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Meta {
    pub name: String,
    pub value: Option<String>,
    pub locator: String,
}
