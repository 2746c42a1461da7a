//! Reading `<application>` and its components.

use super::node::{parts, Node};
use super::read::Reading;
use super::{Application, Component, ComponentMeta, Filter, Kind, Meta};
use crate::xml::attrs;

/// Bits of `foregroundServiceType`.
const FOREGROUND_TYPES: [(u32, &str); 15] = [
    (1, "dataSync"),
    (1 << 1, "mediaPlayback"),
    (1 << 2, "phoneCall"),
    (1 << 3, "location"),
    (1 << 4, "connectedDevice"),
    (1 << 5, "mediaProjection"),
    (1 << 6, "camera"),
    (1 << 7, "microphone"),
    (1 << 8, "health"),
    (1 << 9, "remoteMessaging"),
    (1 << 10, "systemExempted"),
    (1 << 11, "shortService"),
    (1 << 12, "fileManagement"),
    (1 << 13, "mediaProcessing"),
    (1 << 30, "specialUse"),
];

/// What an activity that the user can start says of itself, on telephones and on televisions.
const LAUNCHERS: [&str; 2] = [
    "android.intent.category.LAUNCHER",
    "android.intent.category.LEANBACK_LAUNCHER",
];
/// The API level from which providers are no longer exported by default.
const PROVIDERS_CLOSED: i32 = 17;
/// The API level from which a component with a filter must say whether it is exported.
const EXPORTED_REQUIRED: i32 = 31;

/// Reads an application: its own attributes where it is the base's, and its components.
pub(super) fn read(node: &Node<'_, '_, '_>, is_base: bool, reading: &mut Reading) {
    let package = reading.manifest.package.clone();
    if is_base {
        reading.manifest.label = node.texts(attrs::LABEL).into_iter().collect();
        reading.application_permission = node.text(attrs::PERMISSION).filter(|name| !name.is_empty());
        reading.manifest.application = Application {
            name: node.class(attrs::NAME, &package),
            debuggable: node.bool(attrs::DEBUGGABLE).unwrap_or(false),
            allow_backup: node.bool(attrs::ALLOW_BACKUP).unwrap_or(true),
            cleartext: node.bool(attrs::USES_CLEARTEXT_TRAFFIC),
            network_security_config: node.text(attrs::NETWORK_SECURITY_CONFIG),
            process: node.process(attrs::PROCESS, &package),
            locator: Some(node.locator()),
        };
    }
    for child in node.children() {
        let kind = match child.name() {
            "activity" => Kind::Activity,
            "activity-alias" => Kind::Alias,
            "service" => Kind::Service,
            "receiver" => Kind::Receiver,
            "provider" => Kind::Provider,
            "meta-data" => {
                if let Some(name) = child.text(attrs::NAME) {
                    if reading.row(&child) {
                        let meta = Meta {
                            name,
                            value: child.meta_value(),
                            locator: child.locator(),
                        };
                        reading.manifest.meta.push(meta);
                    }
                }
                continue;
            }
            "uses-library" | "uses-native-library" | "uses-static-library" => {
                if reading.row(&child) {
                    reading.manifest.libraries.extend(child.text(attrs::NAME));
                }
                continue;
            }
            _ => continue,
        };
        if let Some(component) = component(&child, kind, &package, reading) {
            reading.manifest.components.push(component);
        }
    }
}

fn component(node: &Node<'_, '_, '_>, kind: Kind, package: &str, reading: &mut Reading) -> Option<Component> {
    if !reading.row(node) {
        return None;
    }
    let Some(name) = node.class(attrs::NAME, package) else {
        reading.faults.note("component_name", || {
            let what = "the component has no name that Android finds, so it is left out, and Android refuses the package";
            (node.locator(), what.into())
        });
        return None;
    };
    let target = node
        .class(attrs::TARGET_ACTIVITY, package)
        .filter(|_| kind == Kind::Alias);
    if kind == Kind::Alias && target.is_none() {
        reading.anomalies.note("alias_target", || {
            (
                node.locator(),
                "the alias has no target, which Android refuses".into(),
            )
        });
    }
    let filters: Vec<Filter> = node
        .children()
        .filter(|child| child.name() == "intent-filter")
        .filter_map(|child| filter(&child, kind, reading))
        .collect();
    let meta = node
        .children()
        .filter(|child| child.name() == "meta-data")
        .filter_map(|child| {
            let name = child.text(attrs::NAME)?;
            reading.row(&child).then(|| ComponentMeta {
                name,
                value: child.meta_value(),
            })
        });
    let meta = meta.collect();
    let (exported, exported_explicit) = exported(node, kind, !filters.is_empty(), reading);
    let own_permission = node.text(attrs::PERMISSION).filter(|name| !name.is_empty());
    let fallback = match kind {
        // An alias must repeat its permission, and Android means it so.
        Kind::Alias => None,
        _ => reading.application_permission.clone(),
    };
    let launcher = matches!(kind, Kind::Activity | Kind::Alias) && filters.iter().any(launches);
    Some(Component {
        kind,
        name,
        target,
        exported,
        exported_explicit,
        enabled: node.bool(attrs::ENABLED).unwrap_or(true),
        permission: own_permission.or(fallback),
        process: node.process(attrs::PROCESS, package),
        authorities: node
            .text(attrs::AUTHORITIES)
            .map(|text| parts(&text))
            .unwrap_or_default(),
        init_order: node.int(attrs::INIT_ORDER),
        direct_boot: node.bool(attrs::DIRECT_BOOT_AWARE).unwrap_or(false),
        foreground_service_types: foreground_types(
            node.int(attrs::FOREGROUND_SERVICE_TYPE).unwrap_or(0) as u32
        ),
        filters,
        meta,
        launcher,
        locator: node.locator(),
    })
}

/// Whether other apps may reach a component, and whether it says so itself.
fn exported(node: &Node<'_, '_, '_>, kind: Kind, has_filters: bool, reading: &mut Reading) -> (bool, bool) {
    let explicit = node.bool(attrs::EXPORTED);
    let target_sdk = reading.manifest.target_sdk;
    let by_default = match kind {
        Kind::Provider => target_sdk.is_some_and(|level| level < PROVIDERS_CLOSED),
        _ => has_filters,
    };
    if explicit.is_none()
        && kind != Kind::Provider
        && by_default
        && target_sdk.is_some_and(|level| level >= EXPORTED_REQUIRED)
    {
        let what =
            "the component has filters and does not say whether it is exported, which Android 12 refuses";
        reading
            .anomalies
            .note("exported_missing", || (node.locator(), what.into()));
    }
    (explicit.unwrap_or(by_default), explicit.is_some())
}

fn launches(filter: &Filter) -> bool {
    let mut actions = filter.actions.iter();
    let mut categories = filter.categories.iter();
    actions.any(|action| action == "android.intent.action.MAIN")
        && categories.any(|category| LAUNCHERS.contains(&category.as_str()))
}

fn foreground_types(bits: u32) -> Vec<String> {
    let mut names: Vec<String> = FOREGROUND_TYPES
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, name)| (*name).to_owned())
        .collect();
    let rest = FOREGROUND_TYPES.iter().fold(bits, |rest, (bit, _)| rest & !bit);
    if rest != 0 {
        names.push(format!("{rest:#x}"));
    }
    names
}

/// A filter, unless Android drops it: one of an activity or receiver that has no action.
fn filter(node: &Node<'_, '_, '_>, kind: Kind, reading: &mut Reading) -> Option<Filter> {
    let mut filter = Filter {
        priority: node.int(attrs::PRIORITY).unwrap_or(0),
        ..Filter::default()
    };
    for child in node.children() {
        if !reading.row(&child) {
            break;
        }
        match child.name() {
            "action" | "category" => {
                let Some((name, by_id)) = child.filter_name() else {
                    continue;
                };
                if by_id {
                    let what = "Android finds this name by its string, and the string is another one";
                    reading
                        .anomalies
                        .note("filter_name", || (child.locator(), what.into()));
                }
                if child.name() == "action" {
                    filter.actions.push(name);
                } else {
                    filter.categories.push(name);
                }
            }
            "data" => {
                filter.schemes.extend(child.text(attrs::SCHEME));
                filter.hosts.extend(child.text(attrs::HOST));
            }
            _ => {}
        }
    }
    let dropped = filter.actions.is_empty() && !matches!(kind, Kind::Service | Kind::Provider);
    (!dropped).then_some(filter)
}
