//! The proof of rotation of v3: a chain of certificates in which each key signs for the next.

use super::block::Fields;
use super::certificate;
use super::key::{Check, Checks, Message, PublicKey};
use super::scheme::algorithm;
use super::{Certificate, Verdict};

const LEVELS_MAX: usize = 64;

/// The certificates before the present one, oldest first; else why the chain does not hold.
pub(super) fn read(
    value: &[u8],
    present: Option<&[u8]>,
    checks: &Checks,
    verdict: &mut Verdict,
) -> Result<Vec<Certificate>, &'static str> {
    let malformed = "the proof of rotation is malformed";
    let mut fields = Fields(value);
    if fields.number() != Some(1) {
        return Err("the proof of rotation is of an unknown version");
    }
    let mut chain: Vec<&[u8]> = Vec::new();
    let mut signing: Option<u32> = None;
    while !fields.is_empty() {
        let mut level = fields.fields().ok_or(malformed)?;
        let signed = level.field().ok_or(malformed)?;
        let _flags = level.number().ok_or(malformed)?;
        let next = level.number().ok_or(malformed)?;
        let signature = level.field().ok_or(malformed)?;
        let mut inner = Fields(signed);
        let der = inner.field().ok_or(malformed)?;
        let named = inner.number().ok_or(malformed)?;
        if let (Some(last), Some(number)) = (chain.last(), signing) {
            if named != number {
                return Err("the proof of rotation names another algorithm than it uses");
            }
            let (method, _) = algorithm(number).ok_or("the proof of rotation uses an unknown algorithm")?;
            let key = PublicKey::read(&certificate::read(last).key).ok_or(malformed)?;
            match key.check(method, &mut Message::new(signed), signature, checks) {
                Check::Right => {}
                Check::Wrong => return Err("a signature in the proof of rotation does not hold"),
                Check::Unsupported(why) => verdict.unknown(why),
            }
        }
        if chain.contains(&der) || chain.len() >= LEVELS_MAX {
            return Err("the proof of rotation repeats a certificate or is too long");
        }
        chain.push(der);
        signing = Some(next);
    }
    let last = chain.pop();
    if last.is_none() || last != present {
        return Err("the proof of rotation does not end with the present certificate");
    }
    Ok(chain
        .into_iter()
        .map(|der| certificate::read(der).certificate)
        .collect())
}
