//! Landlock: which files may be opened, written and executed, and no TCP and no signal beyond the processes that are confined together
//! where the kernel knows how.

use landlock::{
    path_beneath_rules, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, ABI,
};

use super::Wanted;

/// The first version that keeps signals among those who are confined together.
pub const SCOPED_SIGNALS: u32 = 6;

/// The newest interface this code was tried with; an older kernel enforces what it knows of it.
const NEWEST: ABI = ABI::V7;

/// Leaves only what is wanted; gives the version of Landlock that enforces it.
pub fn restrict(wanted: &Wanted) -> Result<u32, String> {
    let status = rules(wanted).map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("the kernel has Landlock but it is not enabled".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => Err("the kernel has no Landlock".to_owned()),
        (_, LandlockStatus::Available { effective_abi, .. }) => Ok(number(effective_abi)),
        (_, other) => Err(format!("Landlock is {other:?}")),
    }
}

fn rules(wanted: &Wanted) -> Result<landlock::RestrictionStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    rules = match &wanted.worker {
        None => rules.add_rules(path_beneath_rules(&wanted.read, AccessFs::ReadFile))?,
        Some(worker) => rules
            .add_rules(path_beneath_rules(
                &wanted.read,
                AccessFs::ReadFile | AccessFs::ReadDir,
            ))?
            .add_rules(path_beneath_rules(
                &worker.execute,
                AccessFs::ReadFile | AccessFs::Execute,
            ))?
            .add_rules(path_beneath_rules(&worker.write, written()))?,
    };
    rules.restrict_self()
}

/// Plain files and folders, and nothing that could lead, or hold up, whoever reads the folder afterwards.
fn written() -> BitFlags<AccessFs> {
    AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer
}

fn number(abi: ABI) -> u32 {
    [ABI::V1, ABI::V2, ABI::V3, ABI::V4, ABI::V5, ABI::V6, ABI::V7]
        .iter()
        .map(|known| u32::from(abi >= *known))
        .sum()
}
