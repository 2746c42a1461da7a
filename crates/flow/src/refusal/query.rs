//! What is asked about requests for permission, and what is told of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::phase::Link;

/// Calls of a name, by the class or one below it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// Named in the answer.
    pub id: String,
    /// The class, as a descriptor.
    pub class: String,
    /// The name.
    pub name: String,
    /// How the prototype begins.
    #[serde(default)]
    pub proto: String,
    /// Which argument is the number by which the answer is known (requests only); the receiver is not counted.
    #[serde(default)]
    pub code: Option<u32>,
    /// Which argument runs when a button is pressed (buttons only).
    #[serde(default)]
    pub listener: Option<u32>,
    /// The method of that argument, `name(prototype)`.
    #[serde(default)]
    pub runs: String,
    /// Whether it only closes a screen, so that the app goes on when another was opened (ends only).
    #[serde(default)]
    pub closes: bool,
}

/// How an answer tells what was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// An array of numbers, one for each permission: 0 is granted.
    Codes,
    /// An object that holds truth values: true is granted.
    Truths,
    /// It is only run when something was refused.
    Refused,
}

/// A method of the package that is told what was granted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The class or interface of the platform or library.
    pub class: String,
    /// The name.
    pub name: String,
    /// The prototype.
    pub proto: String,
    /// How it is told.
    pub shape: Shape,
    /// Which parameter tells it; the receiver is not counted.
    #[serde(default)]
    pub result: Option<u32>,
    /// Which parameter is the number of the request.
    #[serde(default)]
    pub code: Option<u32>,
}

/// A call that registers who is told what was granted, by what is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The class.
    pub class: String,
    /// The name.
    pub name: String,
    /// Which argument says what is asked for.
    pub contract: u32,
    /// Which argument is told.
    pub callback: u32,
    /// The classes of the first argument that ask for permissions.
    pub contracts: Vec<String>,
    /// The method of the second, `name(prototype)`; its first parameter holds truth values.
    pub runs: String,
}

/// The question.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefusalQuery {
    /// Calls that ask for permissions.
    pub requests: Vec<Calls>,
    /// Who is told.
    pub answers: Vec<Answered>,
    /// How somebody comes to be told.
    pub registrations: Vec<Registered>,
    /// Calls that say whether a permission is granted: 0 is granted.
    pub states: Vec<Calls>,
    /// Calls whose result is what their first value is: boxes around numbers and truth values.
    pub same: Vec<Calls>,
    /// Calls that compare their first two values.
    pub equal: Vec<Calls>,
    /// What may stand before a request to explain it.
    pub reasons: Vec<Calls>,
    /// Calls that set what a button of a dialog runs.
    pub buttons: Vec<Calls>,
    /// What is looked for after a refusal.
    pub ends: Vec<Calls>,
    /// Calls that open another screen.
    pub opens: Vec<Calls>,
    /// Beginnings of the descriptors of classes that are not looked into.
    pub outside: Vec<String>,
    /// The constants of fields, `Lclass;->NAME`, as numbers.
    pub fields: BTreeMap<String, i64>,
    /// Statements that may be visited, over all requests; 0 stands for 2,000,000.
    pub budget: u64,
}

/// What follows a refusal only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct End {
    /// The row of the query.
    pub id: String,
    /// The method that is called.
    pub what: String,
    /// The number of the request when it asks again, where it is constant.
    pub code: Option<i64>,
    /// The methods from the one that is told to the one that holds the call, with the code unit of each call.
    pub chain: Vec<Link>,
    /// The call that sets the button which leads there; none when no button has to be pressed.
    pub button: Option<String>,
    /// Whether no call on the chain may lead elsewhere, a grant leads to no end of this row, and with a button: whether all
    /// buttons that are set lead to an end. What only closes a screen is an end where no other was opened.
    pub certain: bool,
}

/// What explains a request before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The row of the query.
    pub id: String,
    /// The method that is called, or in a button of which the request stands.
    pub what: String,
    /// The method that calls it.
    pub method: String,
    /// The code unit of the call.
    pub unit: u32,
}

/// A request, and what its refusal leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The row of the query; none for a method that is told of requests which are not seen.
    pub id: Option<String>,
    /// The method that holds the request, or that is told.
    pub method: String,
    /// The code unit of the request.
    pub unit: u32,
    /// The number of the request, where it is constant.
    pub code: Option<i64>,
    /// The methods that are told.
    pub answers: Vec<String>,
    /// What only a refusal leads to.
    pub ends: Vec<End>,
    /// What explains the request before it is made.
    pub reason: Option<Reason>,
    /// Whether all that could be followed was.
    pub complete: bool,
}
