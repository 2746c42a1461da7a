//! Landlock: which files may be opened, and no TCP and no signal beyond this process where the kernel knows how.

use landlock::{
    path_beneath_rules, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, ABI,
};

/// The newest interface this code was tried with; an older kernel enforces what it knows of it.
const NEWEST: ABI = ABI::V7;

/// Leaves only reading of `paths`; gives the version of Landlock that enforces it.
pub fn restrict(paths: &[String]) -> Result<u32, String> {
    let status = rules(paths).map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("the kernel has Landlock but it is not enabled".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => Err("the kernel has no Landlock".to_owned()),
        (_, LandlockStatus::Available { effective_abi, .. }) => Ok(number(effective_abi)),
        (_, other) => Err(format!("Landlock is {other:?}")),
    }
}

fn rules(paths: &[String]) -> Result<landlock::RestrictionStatus, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(paths, AccessFs::ReadFile))?
        .restrict_self()
}

fn number(abi: ABI) -> u32 {
    [ABI::V1, ABI::V2, ABI::V3, ABI::V4, ABI::V5, ABI::V6, ABI::V7]
        .iter()
        .map(|known| u32::from(abi >= *known))
        .sum()
}
