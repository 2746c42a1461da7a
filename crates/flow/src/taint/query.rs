//! What is asked of the analysis and what it answers.

use serde::{Deserialize, Serialize};

use crate::models::Model;

/// A value was hashed on the way.
pub(crate) const DIGEST: u8 = 1;
/// A value was cut on the way.
pub(crate) const TRUNCATE: u8 = 2;
/// A value was summed up with others on the way.
pub(crate) const AGGREGATE: u8 = 4;

/// What of a method or field is tainted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// The result of a call.
    Result,
    /// What a call leaves in an argument, counted without the receiver.
    Argument(u8),
    /// What a call leaves in the object it is a method of: what a constructor made.
    Receiver,
    /// What the platform hands to a method of the package, counted without the receiver.
    Parameter(u8),
    /// What is read from the field of this name.
    Field,
}

/// A condition on the constant that an argument stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The argument, counted without the receiver.
    pub argument: u8,
    /// Numbers it may be.
    #[serde(default)]
    pub numbers: Vec<i64>,
    /// How its text may begin.
    #[serde(default)]
    pub texts: Vec<String>,
    /// Fields of the platform it may come from, as `Lclass;->name`.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// Where tainted values come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name in the answer.
    pub id: String,
    /// Descriptor of the class; classes below count too.
    pub class: String,
    /// Simple name of the method or field.
    pub name: String,
    /// How the prototype begins; empty for any.
    #[serde(default)]
    pub proto: String,
    /// What is tainted.
    pub what: What,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<When>,
}

/// Where tainted values must not go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// Its name in the answer.
    pub id: String,
    /// Descriptor of the class; classes below count too.
    pub class: String,
    /// Simple name of the method.
    pub name: String,
    /// How the prototype begins; empty for any.
    #[serde(default)]
    pub proto: String,
    /// The arguments that count, without the receiver; none for all.
    #[serde(default)]
    pub arguments: Option<Vec<u8>>,
    /// Whether what the receiver holds counts.
    #[serde(default)]
    pub receiver: bool,
}

/// An owner of code. A call from other code into its code hands the arguments over, which is a sink of this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its name in the answer.
    pub id: String,
    /// How descriptors of its classes begin, up to a `/`, `$` or `;`; the longest beginning of all parties decides whose a class is.
    pub starts: Vec<String>,
}

/// A question for flows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowQuery {
    /// Where values come from.
    pub sources: Vec<Source>,
    /// Where they must not go.
    pub sinks: Vec<Sink>,
    /// Owners of code in the package, to whom other code may hand values.
    #[serde(default)]
    pub parties: Vec<Party>,
    /// What the platform's methods do.
    #[serde(default)]
    pub models: Vec<Model>,
    /// How descriptors of classes begin whose code is not asked: no source and no sink is looked for there, and what objects hold
    /// in fields is followed into it only where it comes back to those fields.
    #[serde(default)]
    pub outside: Vec<String>,
    /// Steps of an access path.
    #[serde(default = "five")]
    pub depth: u32,
    /// Whether branches on tainted values count.
    #[serde(default)]
    pub implicit: bool,
    /// Steps for one source site.
    #[serde(default = "one_budget")]
    pub source_budget: u32,
    /// Steps for all source sites together.
    #[serde(default = "whole_budget")]
    pub budget: u64,
    /// Seconds of the clock for all source sites together: those that are not done by then are cut, so that the answer is another on
    /// another machine. None: nothing looks at the clock.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// How many runs may be done at the same time; the answer does not depend on it.
    #[serde(default = "one")]
    pub threads: u32,
}

fn five() -> u32 {
    5
}

fn one() -> u32 {
    1
}

fn one_budget() -> u32 {
    100_000
}

fn whole_budget() -> u64 {
    3_000_000
}

/// A statement in the package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Site {
    /// The row of the query.
    pub id: String,
    /// The method that holds the statement, as `Lclass;->name(proto)type`.
    pub method: String,
    /// Its code unit.
    pub unit: u32,
    /// The method or field that is named there.
    pub named: String,
    /// The path of the DEX file that holds the method; empty for code that was made.
    pub dex: String,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The method.
    pub method: String,
    /// The code unit.
    pub unit: u32,
    /// `source`, `call`, `return`, `store`, `passes` (through a method of the platform), `sink`.
    pub what: String,
    /// The method or field concerned, empty where there is none.
    pub named: String,
}

/// A way from a source to a sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Where the value comes from.
    pub source: Site,
    /// Where it goes.
    pub sink: Site,
    /// What was done to it: `digest`, `truncate`, `aggregate`.
    pub via: Vec<String>,
    /// The way, from the source to the sink.
    pub path: Vec<Step>,
}

/// All flows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flows {
    /// In order of the source sites, then of finding.
    pub flows: Vec<Flow>,
    /// How many source sites there are.
    pub sources: u32,
    /// How many sink sites there are.
    pub sinks: u32,
    /// Steps taken.
    pub steps: u64,
    /// Source sites whose run was cut.
    pub cut: Vec<Site>,
    /// Whether no run was cut.
    pub complete: bool,
}
