//! `replay`: a recording into a running instance, as a site of its own.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use registry::{Clock, RegistryError, Role};
use trials::replay::{SensorMap, Stage, play, survey};
use vocabulary::CredentialId;

use crate::cli;
use crate::clock;
use crate::config::{BrokerChoice, Configuration, Refused};
use crate::folder::Folder;
use crate::parts::Stop;

pub(crate) async fn run(configuration: &Configuration, options: cli::Replay) -> Result<()> {
    let map = SensorMap::read(&options.map).map_err(|error| Refused(error.to_string()))?;
    let folder = Folder::of_a_running_instance(&configuration.data)?;
    let _claim = folder.claim(&format!("replay-{}", options.site))?;
    let cast = survey(&options.file, &map)?;
    if cast.heaters.is_empty() {
        bail!("{} holds no reading that the map names", options.file.display());
    }
    let registry = folder.registry()?;
    let earlier = match registry.site_book(&options.site) {
        Ok(book) if book.site.clock == Clock::Recorded => Some(book),
        Ok(_) => bail!("site {} is a real site: choose another name with --site", options.site),
        Err(RegistryError::Unknown(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let book = cast.book(&options.site, &map, earlier);
    registry.put_site(&book)?;
    let id = CredentialId::new(&format!("replay-{}", options.site)).context("the site's name is too long")?;
    let heaters = Arc::new(cast.heaters.keys().cloned().collect());
    let secret = registry.issue_credential(
        &id,
        &Role::Gateway { site: options.site.clone(), heaters },
        clock::now(),
    )?;
    // A running instance looks at the book twice a second: it must know the site before the first record comes.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let url = match &configuration.broker {
        BrokerChoice::Embedded(own) => format!("mqtt://{}", own.listen),
        BrokerChoice::Outside(url) => url.clone(),
    };
    eprintln!(
        "playing {} rows of {} heaters into site {} at × {}",
        cast.rows,
        cast.heaters.len(),
        options.site,
        options.speed
    );
    let bar = ProgressBar::new(cast.rows).with_style(
        ProgressStyle::with_template("{bar:40} {percent} % {pos}/{len} rows, {eta} left")
            .expect("a constant template"),
    );
    let stage = Stage {
        link: link::Settings::new(url, id, secret),
        site: options.site.clone(),
        speed: options.speed,
    };
    let stop = Stop::on_signals()?;
    let summary =
        play(&options.file, &map, &cast, stage, |rows| bar.set_position(rows), stop.receiver()).await?;
    bar.finish_and_clear();
    println!(
        "played {} rows: {} readings in {} records confirmed; {} unreadable, {} of sensors the map does not name. What was refused or is suspect is counted by reason at /metrics",
        summary.rows, summary.samples, summary.records, summary.unreadable, summary.unmapped
    );
    Ok(())
}
