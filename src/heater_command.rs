//! `heater run|enrol|reset-trip`: this machine as a heater of a site, how it becomes one, and how it may heat again after a
//! trip.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use heater::{HeaterState, Latch, StateFile};
use identity::{Answer, AskError, DeviceKey, Enrolled, Request, Server, Trust, ask, write_private};
use vocabulary::{Celsius, CredentialId, EnrolmentCode, SitePublicKey, Watts};

use crate::cli::{Heater, HeaterCommand, HeaterEnrol, HeaterResetTrip, HeaterRun};
use crate::config::Refused;
use crate::heater_folder::{AUTHORITY, DEVICE, HeaterFolder, Named};
use crate::lone_heater::{self, Lone};

/// A board that cannot be controlled never heats by itself; the number only appears in its heartbeat.
const SETBACK: Celsius = Celsius::from_hundredths(1600);
const USUAL_URL: &str = "mqtt://127.0.0.1:1883";
const USUAL_RATED_W: u32 = 200;
const STATE: &str = "heater.json";
/// The key of an enrolment that has not ended, in the folder to be or in the present one.
const PENDING_KEY: &str = "enrolment.key";
/// How often a site that was reached and gave no answer is asked.
const TRIES: u32 = 3;
/// Before it is asked again: longer than it takes to answer somebody.
const TRY_PAUSE: Duration = Duration::from_secs(2);

pub(crate) async fn run(options: Heater) -> Result<()> {
    match options.command {
        None => lone_heater::run(lone(options.run)?).await,
        Some(HeaterCommand::Run(run)) => lone_heater::run(lone(*run)?).await,
        Some(HeaterCommand::Enrol(enrol)) => self::enrol(enrol).await,
        Some(HeaterCommand::ResetTrip(reset)) => reset_trip(reset),
    }
}

/// The heater that the command line means.
fn lone(options: HeaterRun) -> Result<Lone> {
    match options.identity.clone() {
        Some(folder) => with_certificate(options, &folder),
        None => with_secret(options),
    }
}

fn with_certificate(options: HeaterRun, path: &Path) -> Result<Lone> {
    let folder = HeaterFolder::open(path)?;
    let key = SitePublicKey::parse(&folder.named.key).map_err(|error| folder.refuse(&error))?;
    let named = folder.named;
    let id = CredentialId::new(named.heater.as_str())?;
    let (authority, device) = (path.join(AUTHORITY), path.join(DEVICE));
    Ok(Lone {
        board: options.board,
        link: link::Settings::with_certificate(named.url.clone(), id, authority, device),
        key,
        site: named.site,
        heater: named.heater,
        rated_w: named.rated_w,
        fallback_w: named.fallback_w,
        setback_c: named.setback_c,
        state: options.state.unwrap_or_else(|| path.join(STATE)),
        renewed: Some(path.to_owned()),
    })
}

fn with_secret(options: HeaterRun) -> Result<Lone> {
    let missing = |name: &str| {
        Refused(format!("heater needs --{name}, or --identity with the folder of an enrolled heater"))
    };
    let heater = options.heater.ok_or_else(|| missing("heater"))?;
    let site = options.site.ok_or_else(|| missing("site"))?;
    let secret_file = options.secret_file.ok_or_else(|| missing("secret-file"))?;
    let key = options.key.ok_or_else(|| missing("key"))?;
    let secret = fs::read_to_string(&secret_file)
        .with_context(|| format!("could not read the secret {}", secret_file.display()))?;
    let url = options.url.unwrap_or_else(|| USUAL_URL.to_owned());
    let mut link = link::Settings::new(url, CredentialId::new(heater.as_str())?, secret.trim());
    link.ca_file = options.ca;
    Ok(Lone {
        board: options.board,
        link,
        key,
        site,
        heater,
        rated_w: Watts::new(options.rated_w.unwrap_or(USUAL_RATED_W))?,
        fallback_w: Watts::ZERO,
        setback_c: SETBACK,
        state: options.state.unwrap_or_else(|| PathBuf::from(STATE)),
        renewed: None,
    })
}

/// Forgets a trip, once: a start that forgot it would do so after every power cut as well, left in a unit file.
fn reset_trip(options: HeaterResetTrip) -> Result<()> {
    let path = options.state.or_else(|| options.identity.map(|folder| folder.join(STATE)));
    let path = path.expect("the command line asks for one of them");
    ensure!(path.exists(), Refused(format!("{} is not there: no heater has run with it", path.display())));
    let file = StateFile::new(path);
    let state = file.load().with_context(|| format!("could not read {}", file.path().display()))?;
    if state.latch == Latch::Clear {
        println!("nothing is left of trips: there was nothing to reset");
        return Ok(());
    }
    let reset = HeaterState { latch: Latch::Clear, ..state };
    file.save(&reset).with_context(|| format!("could not write {}", file.path().display()))?;
    println!("what was left of trips ({:?}) is forgotten: start the heater", state.latch);
    Ok(())
}

/// Claims a heater with a one-time code. The key is made here, stays here, and is on the disk before anything is asked:
/// an answer that is lost on its way is given again to the same key, also to the same command run again.
pub(crate) async fn enrol(options: HeaterEnrol) -> Result<()> {
    let (host, port) = link::tls_address(&options.url).map_err(|error| Refused(error.to_string()))?;
    if let Some(out) = &options.out {
        check_free(out)?;
    }
    // The folder's name is the heater's, which only the answer tells: the code must not be used up for nothing.
    check_writable(options.out.as_deref())?;
    let pending = options.out.as_deref().unwrap_or(Path::new(".")).join(PENDING_KEY);
    let key = pending_key(&pending)?;
    let request = Request::Enrol {
        site: options.site,
        heater: options.heater.clone(),
        code: options.code.secret().to_text(),
        csr: key.request(options.heater.as_ref().map(vocabulary::HeaterId::as_str))?,
    };
    let answer = ask_until_answered(&Server { host, port }, &options.code, &request).await;
    let Answer::Enrolled(enrolled) = answer.context("not enrolled")? else {
        bail!("the site answered something else than was asked");
    };
    let out = options.out.unwrap_or_else(|| PathBuf::from(format!("heater-{}", enrolled.heater)));
    keep(&out, &key, *enrolled, options.url)?;
    fs::remove_file(&pending).with_context(|| format!("{} cannot be removed", pending.display()))?;
    println!("  hypocaust heater run --identity {}", out.display());
    Ok(())
}

/// The key of an enrolment that was begun here and did not end, or a new one.
fn pending_key(path: &Path) -> Result<DeviceKey> {
    if path.exists() {
        return Ok(DeviceKey::load(path)?);
    }
    let key = DeviceKey::make()?;
    key.save(path)?;
    Ok(key)
}

async fn ask_until_answered(
    server: &Server,
    code: &EnrolmentCode,
    request: &Request,
) -> Result<Answer, AskError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let answer = ask(server, Trust::Code(*code), None, request).await;
        if tries == TRIES || !matches!(answer, Err(AskError::NoAnswer { .. })) {
            return answer;
        }
        tokio::time::sleep(TRY_PAUSE).await;
    }
}

fn keep(out: &Path, key: &DeviceKey, enrolled: Enrolled, url: String) -> Result<()> {
    check_free(out)?;
    make(out)?;
    let device = key.with_certificate(&enrolled.certificate);
    let until = device.facts().context("the site sent a certificate that does not read")?.not_after;
    write_private(&out.join(AUTHORITY), &enrolled.authority)?;
    device.save(&out.join(DEVICE))?;
    let named = Named::new(enrolled, url);
    // Last: a folder without it is none.
    HeaterFolder::write(out, &named)?;
    println!(
        "enrolled as heater {} of site {}; its certificate lasts until {} and is renewed while it runs",
        named.heater,
        named.site,
        until.rfc3339()
    );
    Ok(())
}

fn make(out: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(out);
    made.with_context(|| format!("{} cannot be made", out.display()))
}

fn check_free(out: &Path) -> Result<()> {
    ensure!(
        !out.join(DEVICE).exists(),
        Refused(format!(
            "{} holds a heater already: remove it, or name another folder with --out",
            out.display()
        ))
    );
    Ok(())
}

fn check_writable(out: Option<&Path>) -> Result<()> {
    let place = match out {
        Some(out) => {
            make(out)?;
            out
        }
        None => Path::new("."),
    };
    let probe = place.join(".writable");
    fs::write(&probe, b"")
        .and_then(|()| fs::remove_file(&probe))
        .with_context(|| format!("{} is not writable: name another folder with --out", place.display()))
}

#[cfg(test)]
mod tests {
    use heater::TripCause;

    use super::*;

    #[test]
    fn a_trip_is_forgotten_by_a_command_of_its_own_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, identity) = (folder.path().join(STATE), Some(folder.path().to_owned()));
        let reset = || reset_trip(HeaterResetTrip { identity: identity.clone(), state: None });
        assert!(reset().unwrap_err().is::<Refused>(), "there is no heater there");
        let locked = HeaterState { bn: 4, latch: Latch::Locked(TripCause::Heat), ..HeaterState::default() };
        StateFile::new(path.clone()).save(&locked).unwrap();
        reset().unwrap();
        let left = StateFile::new(path).load().unwrap();
        assert_eq!(left, HeaterState { latch: Latch::Clear, ..locked });
        reset().unwrap();
    }
}
