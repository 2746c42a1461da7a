//! What an app is asked with: its manifest, the platform's part of the class tree, and what the platform runs when.
//!
//! Classes are descriptors (`La/B;`), methods `La/B;->c(I)V`. Rows of `later` and `lives` are made of steps, each a line
//! of words:
//!
//! ```text
//! run VALUE METHOD VALUE… [-> NAME]   calls a method on the first value, chosen by its class
//! new CLASS -> NAME                   makes an object, without its constructor
//! put VALUE NAME VALUE                keeps the last value in a hidden field of the first
//! get VALUE NAME -> NAME              reads that hidden field
//! keep NAME VALUE                     keeps a value in a hidden static field
//! read NAME -> NAME                   reads that
//! give VALUE                          makes a value the result of the call
//! start KIND VALUE                    starts the components of a kind that an intent is for
//! callbacks                           runs what was registered (life cycles only)
//! providers                           starts the content providers (life cycle of the application only)
//! ```
//!
//! A VALUE is the number of an argument, the receiver being 0 where there is one, or a name that stands before; in life
//! cycles `this` is the object and `intent` what it was started with. A name that nothing has set is a value of the
//! platform's, of whatever class is asked for. In life cycles a METHOD may leave out its class, which then is that of the row.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All that is told of an app besides its code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppQuery {
    /// The platform's classes.
    pub platform: Platform,
    /// The components of the manifest that are enabled, the application class included.
    pub components: Vec<Component>,
    /// Names of methods that layouts call when something is clicked (`android:onClick`).
    pub clicks: Vec<String>,
    /// Classes that layouts name: views and fragments that the platform makes.
    pub inflated: Vec<String>,
    /// Life cycles, by the class whose subclasses have them.
    pub lives: Vec<Life>,
    /// What calls run besides the method they name.
    pub later: Vec<Later>,
    /// Interfaces and classes of the platform whose methods run when something happens.
    pub listeners: Vec<Listener>,
    /// Types of the platform through which nothing is called back, whatever extends them.
    pub plain: Vec<String>,
    /// Methods that read what was stored before, such as `Landroid/content/SharedPreferences;->getBoolean`; a prototype is
    /// not looked at.
    pub flags: Vec<String>,
    /// Beginnings of the names of methods that classes of the platform have to be overridden.
    pub hooks: Vec<String>,
    /// What the analysis may cost.
    pub limits: AppLimits,
}

/// The platform's classes, as far as they matter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Platform {
    /// By class its superclass and its interfaces, the superclass first; what has none is a subclass of `Object` only.
    pub supers: BTreeMap<String, Vec<String>>,
    /// Methods that somebody asks for (a prototype is not looked at): a call that inherits one means it.
    pub known: Vec<String>,
}

/// The kind of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The application class.
    Application,
    /// A content provider.
    Provider,
    /// An activity.
    Activity,
    /// A service.
    Service,
    /// A broadcast receiver.
    Receiver,
}

/// A component of the manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its class.
    pub class: String,
    /// What it is.
    pub kind: Kind,
    /// Whether the launcher shows it.
    #[serde(default)]
    pub launcher: bool,
    /// Whether other apps may start it.
    #[serde(default)]
    pub exported: bool,
    /// Actions of its intent filters.
    #[serde(default)]
    pub actions: Vec<String>,
}

/// The life cycle of subclasses of a class.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// The class of the platform (or a library) whose subclasses live so.
    pub class: String,
    /// Names of the methods that run without anybody doing anything once the object is started.
    #[serde(default)]
    pub start: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<LifeStep>,
}

/// A part of a life cycle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LifeStep {
    /// One step.
    Step(String),
    /// What may happen any number of times, also never.
    Again {
        /// What happens.
        again: Vec<LifeStep>,
    },
    /// What happens once or never.
    Maybe {
        /// What happens.
        maybe: Vec<LifeStep>,
    },
}

/// What a call runs besides the method it names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    /// The method; without a prototype all of this name.
    pub call: String,
    /// What happens after the call.
    pub steps: Vec<String>,
}

/// When the methods of a listener run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Where it is handed over, or soon after.
    Now,
    /// When something happens, in the life of the component that registered it.
    #[default]
    Event,
}

/// An interface or class whose methods the platform calls once it was handed an object of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// The interface or class.
    pub class: String,
    /// Its methods, `name(prototype)`; behind each may stand what its arguments are: the name of a hidden static field, or
    /// `_` for any value.
    pub methods: Vec<String>,
    /// When they run.
    #[serde(default)]
    pub when: When,
    /// Whether they run without anybody touching the screen.
    #[serde(default)]
    pub background: bool,
    /// Names of those that run when the first screen opens, where the application registered them.
    #[serde(default)]
    pub start: Vec<String>,
}

/// What building the graph may cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppLimits {
    /// Statements of all bodies together.
    pub statements: u64,
    /// Steps of the search for the classes of values.
    pub steps: u64,
    /// Methods that one call may lead to before it counts as unknown.
    pub targets: usize,
}

impl Default for AppLimits {
    fn default() -> Self {
        AppLimits {
            statements: 6_000_000,
            steps: 100_000_000,
            targets: 48,
        }
    }
}
