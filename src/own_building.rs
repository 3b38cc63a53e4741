//! The owner's building in the book: the configuration describes it, or its people do on the pages, and neither overwrites the
//! other in silence.

use anyhow::{Context as _, Result};
use registry::{Clock, Registry, SiteBook};

use crate::clock;
use crate::config::{Configuration, Refused};

/// Writes the configured building into the registry, in place of any other: of what stood there before, only
/// recordings stay. History is not touched.
///
/// A building that was made on the pages is not taken away: where it is what the configuration says, it becomes the
/// configuration's; where it is another, the start is refused.
pub(crate) fn write_book(configuration: &Configuration, registry: &Registry) -> Result<()> {
    let Some(book) = &configuration.book else { return Ok(()) };
    respect_pages(book, registry)?;
    for site in registry.sites()? {
        if site.id != book.site.id && site.clock == Clock::Wall {
            registry.remove_site(&site.id)?;
        }
    }
    let (who, now) = ("configuration", clock::now());
    registry
        .change_site(book, who, now)
        .context("the configured building could not be written into the registry")?;
    if let Some(rules) = &configuration.rules {
        registry
            .set_rules(&book.site.id, rules, who, now)
            .context("the configured rules of law could not be written into the registry")?;
    }
    Ok(())
}

fn respect_pages(book: &SiteBook, registry: &Registry) -> Result<()> {
    for site in registry.sites()? {
        if !registry.is_made_on_pages(&site.id)? {
            continue;
        }
        if registry.site_book(&site.id)?.edition() != book.edition() {
            return Err(Refused(format!(
                "the configuration describes building {}, and building {} was made on the pages: start without [site], \
                 [[room]], [[heater]] and [[circuit]], and on the page *Import and export* of {} take the file in, or hand \
                 the building over to the configuration",
                book.site.id, site.id, site.id
            ))
            .into());
        }
        registry.hand_over(&site.id, "configuration", clock::now())?;
    }
    Ok(())
}

/// Takes the demonstration out of the book, once there is a building of somebody's own. Its history stays.
pub(crate) fn retire_demonstration(registry: &Registry) -> Result<()> {
    for site in registry.sites()?.iter().filter(|site| site.demonstration) {
        registry.remove_site(&site.id)?;
        tracing::info!(site = %site.id, "the demonstration has left the book: there is a building of one's own");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use registry::building_file::read;
    use vocabulary::Timestamp;

    use super::*;
    use crate::cli::Options;

    const FILE: &str = "[site]\nid = \"home\"\nname = \"Home\"\nzone = \"Europe/Paris\"\n";
    const NOW: Timestamp = Timestamp::from_ms(5);

    fn configured(file: &str) -> Configuration {
        let options = Options { config: None, data: None, http: None, mqtt: None };
        let mut configuration = Configuration::load(&options).unwrap();
        configuration.book = Some(read(file).unwrap());
        configuration
    }

    /// A book with this building, made on the pages.
    fn made_on_pages(file: &str) -> Registry {
        let registry = Registry::in_memory().unwrap();
        registry.describe_site(&read(file).unwrap(), None, "anna", NOW).unwrap();
        registry
    }

    #[test]
    fn a_building_of_the_pages_is_not_overwritten_by_the_configuration() {
        for other in [FILE.replace("home", "office"), FILE.replace("Home", "House")] {
            let registry = made_on_pages(FILE);
            let before = registry.books().unwrap();
            let error = write_book(&configured(&other), &registry).unwrap_err();
            assert!(error.is::<Refused>() && error.to_string().contains("Import and export"), "{error}");
            assert_eq!(registry.books().unwrap(), before);
            registry.hand_over(&before[0].site.id, "anna", NOW).unwrap();
            write_book(&configured(&other), &registry).unwrap();
            assert_eq!(registry.books().unwrap(), [read(&other).unwrap()], "once it was handed over");
        }
    }

    #[test]
    fn the_same_building_becomes_the_configurations_by_itself() {
        let registry = made_on_pages(FILE);
        write_book(&configured(FILE), &registry).unwrap();
        let book = read(FILE).unwrap();
        assert!(!registry.is_made_on_pages(&book.site.id).unwrap());
        write_book(&configured(&FILE.replace("Home", "House")), &registry).unwrap();
    }

    #[test]
    fn without_a_building_in_the_configuration_the_one_of_the_pages_stays() {
        let registry = made_on_pages(FILE);
        let mut demonstration = read(&FILE.replace("home", "show")).unwrap();
        demonstration.site.demonstration = true;
        registry.put_site(&demonstration).unwrap();
        write_book(&Configuration { book: None, ..configured(FILE) }, &registry).unwrap();
        retire_demonstration(&registry).unwrap();
        assert_eq!(registry.books().unwrap(), [read(FILE).unwrap()]);
    }
}
