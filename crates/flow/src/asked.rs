//! Places whose ways are asked for: what was found, methods by name, ends of flows.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::app::App;
use crate::ir::{MethodId, Program, Stmt};
use crate::phase::{ways_to, Place, Way, Ways};
use crate::taint::Site;

/// Places of methods that are asked by name.
const MOST_CALLS: usize = 10_000;

/// A place in code that may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The method.
    pub method: MethodId,
    /// Code unit.
    pub unit: u32,
}

/// The places asked about, each once. What cannot run is none.
pub struct Asked<'s, 'a> {
    app: &'s App<'a>,
    by_number: FxHashMap<u32, MethodId>,
    by_text: Option<FxHashMap<String, Vec<MethodId>>>,
    numbers: FxHashMap<Spot, u32>,
    spots: Vec<Spot>,
}

impl<'s, 'a> Asked<'s, 'a> {
    /// No place of this app.
    pub fn new(app: &'s App<'a>) -> Self {
        let reached = app.reached().iter();
        let numbered = reached.filter_map(|method| Some((app.find_number(*method)?, *method)));
        Asked {
            app,
            by_number: numbered.collect(),
            by_text: None,
            numbers: FxHashMap::default(),
            spots: Vec::new(),
        }
    }

    /// All places, in the order of asking.
    pub fn spots(&self) -> &[Spot] {
        &self.spots
    }

    /// Adds a place; gives its position, none for code that nothing is known to run.
    pub fn place(&mut self, place: Place) -> Option<u32> {
        let method = *self.by_number.get(&place.method_id)?;
        Some(self.add(Spot {
            method,
            unit: place.unit,
        }))
    }

    /// Adds the end of a flow.
    pub fn site(&mut self, site: &Site) {
        let by_text = self.by_text.take().unwrap_or_else(|| texts(self.app));
        for method in by_text.get(&site.method).into_iter().flatten() {
            self.add(Spot {
                method: *method,
                unit: site.unit,
            });
        }
        self.by_text = Some(by_text);
    }

    /// Adds methods by text, `La/B;->c(I)V`, or `La/B;->c` for all of this name: where they begin, and of those that the
    /// package does not define the calls. Whether all have their place: there is a bound on these calls.
    pub fn methods(&mut self, texts: &[String]) -> bool {
        if texts.is_empty() {
            return true;
        }
        let app = self.app;
        let wanted: FxHashSet<&str> = texts.iter().map(String::as_str).collect();
        let fits = |method: MethodId| {
            let text = app.method_text(method);
            let named = text.split('(').next().unwrap_or(&text);
            wanted.contains(named) || wanted.contains(text.as_str())
        };
        let mut known: FxHashMap<MethodId, bool> = FxHashMap::default();
        let mut calls = 0;
        for method in app.reached() {
            if fits(*method) {
                self.add(Spot {
                    method: *method,
                    unit: 0,
                });
            }
            let Some(body) = app.body(*method) else {
                continue;
            };
            for (stmt, unit) in body.stmts.iter().zip(&body.units) {
                let Stmt::Call(call) = stmt else {
                    continue;
                };
                let foreign = *known
                    .entry(call.method)
                    .or_insert_with(|| !app.declares(call.method) && fits(call.method));
                if foreign {
                    calls += 1;
                    if calls > MOST_CALLS {
                        return false;
                    }
                    self.add(Spot {
                        method: *method,
                        unit: *unit,
                    });
                }
            }
        }
        true
    }

    fn add(&mut self, spot: Spot) -> u32 {
        let next = self.spots.len() as u32;
        let number = *self.numbers.entry(spot).or_insert(next);
        if number == next {
            self.spots.push(spot);
        }
        number
    }
}

/// Says for each place who gets there and when.
pub fn ways(app: &App<'_>, places: &[Place]) -> Ways {
    let mut asked = Asked::new(app);
    let order: Vec<Option<u32>> = places.iter().map(|place| asked.place(*place)).collect();
    let mut ways = ways_to(app, &asked);
    let mut by_number: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (number, asked) in order.into_iter().enumerate() {
        if let Some(asked) = asked {
            by_number.entry(asked).or_default().push(number as u32);
        }
    }
    let all = std::mem::take(&mut ways.ways).into_iter();
    let all = all.flat_map(|way| {
        let places = by_number.get(&way.place).cloned().unwrap_or_default();
        places.into_iter().map(move |place| Way { place, ..way.clone() })
    });
    ways.ways = all.collect();
    ways
}

fn texts(app: &App<'_>) -> FxHashMap<String, Vec<MethodId>> {
    let mut texts: FxHashMap<String, Vec<MethodId>> = FxHashMap::default();
    for method in app.reached() {
        texts.entry(app.method_text(*method)).or_default().push(*method);
    }
    texts
}
