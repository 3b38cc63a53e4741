# La page du programme d’une pièce.

schedule-open = Changer le programme
schedule-title = Programme
schedule-lead = Ce que la pièce doit être, semaine après semaine. Une température demandée pour un moment passe toujours avant.
schedule-week = Semaine
schedule-presets = Partir de
schedule-preset-office = Bureau
schedule-preset-flat = Logement
schedule-preset-school = École
schedule-preset-always = Toujours
schedule-otherwise = En dehors des heures ci-dessous
schedule-from = de
schedule-until = à
schedule-setpoint = température
schedule-week-help = Une ligne sans heures ne compte pas. Jusqu’à 00:00 veut dire jusqu’à la fin du jour.
schedule-why = Pourquoi (pour l’historique)
schedule-save = Enregistrer
schedule-grid = La semaine en grille
schedule-grid-help = Gauche et droite déplacent une plage de 15 minutes, avec Maj sa fin ; haut et bas changent sa température ; Suppr l’enlève, Entrée sur un jour en ajoute une. Les champs ci-dessous disent toujours la même chose.
schedule-grid-add = Ajouter une plage
schedule-exceptions = Exceptions
schedule-no-exceptions = Aucune : chaque jour est comme sa semaine.
schedule-exception = Exception
schedule-exception-add = Ajouter une exception
schedule-exception-save = Ajouter
schedule-exception-end = Enlever
schedule-first-day = Premier jour
schedule-last-day = Dernier jour
schedule-kind = Ces jours-là
schedule-kind-constant = une seule température toute la journée
schedule-kind-own = la température pendant quelques heures, sinon comme hors des heures de la semaine
schedule-kind-like = comme un
schedule-own-from = Heures, de
schedule-own-until = à
schedule-note = À quelle occasion
schedule-like = comme un { $day }
schedule-constant = { $setpoint } toute la journée
schedule-own = { $spans }, sinon { $otherwise }
schedule-holidays = Jours fériés
schedule-holidays-text = Pour tout le bâtiment. Un jour férié est comme le dimanche de la pièce, sauf exception.
schedule-holidays-none = comme les autres jours
schedule-holidays-france = ceux de France
schedule-holidays-alsace-moselle = ceux de France, avec l’Alsace et la Moselle
schedule-days = Les 14 prochains jours
schedule-clock-change = { $hours } h : changement d’heure
schedule-history = Historique
schedule-in-force = en vigueur
schedule-revert = Rétablir
schedule-from-the-beginning = depuis le début
schedule-by-description = description du bâtiment
schedule-why-revert = comme dans la version { $number }
schedule-why-copy = copié de { $room }
schedule-copy = Copier vers d’autres pièces
schedule-copy-text = La semaine et les exceptions ; ce qui était là reste dans l’historique de chaque pièce.
schedule-copy-rooms = Pièce par pièce
schedule-copy-do = Copier
schedule-copy-none = Choisissez au moins une autre pièce, un étage ou un groupe.
schedule-done-week = Enregistré. Le chauffage suit aussitôt.
schedule-done-exception = L’exception est notée.
schedule-done-exception-end = L’exception est enlevée.
schedule-done-copy = Copié. Le chauffage suit aussitôt.
schedule-done-revert = L’ancienne version est de nouveau en vigueur.
schedule-done-holidays = C’est noté pour tout le bâtiment.
schedule-done-same = Rien n’était différent, rien n’a changé.
schedule-done-gone = Cela n’existe plus. Rien n’a changé.
schedule-calendar = Agenda
schedule-booked = { $n ->
    [0] Aucune heure n’est réservée par un agenda.
    [one] Une plage est réservée par un agenda.
   *[other] { $n } plages sont réservées par un agenda.
}
schedule-calendar-take = Reprendre un agenda
schedule-calendar-text = Ce que ses événements couvrent dans les 400 prochains jours est à cette température, par-dessus la semaine : le confort pour des réunions, moins pour des fermetures. Il remplace l’agenda précédent. Les exceptions passent toujours avant.
schedule-calendar-setpoint = Température pendant ses événements
schedule-calendar-file = Fichier (.ics)
schedule-calendar-paste = Ou son texte
schedule-calendar-do = Reprendre
schedule-calendar-end = Oublier toutes les plages réservées
schedule-calendar-out = En agenda (.ics) :
schedule-calendar-floor = cet étage
schedule-calendar-site = tout le bâtiment
schedule-calendar-large = L’agenda est trop long, trop profond ou a trop d’événements : au plus 256 Kio, 2 000 événements et 200 règles.
schedule-calendar-unreadable = Cela ne se lit pas comme un agenda (.ics). Rien n’a changé.
schedule-calendar-empty = Il n’y a aucun événement dans cet agenda. Rien n’a changé.
schedule-calendar-much = Les règles de cet agenda sont trop longues à suivre, à l’événement { $event } : il se répète trop longtemps ou trop souvent, ou n’a jamais lieu. Donnez-lui une fin, ou retirez-le. Rien n’a changé.
schedule-done-calendar = L’agenda est repris ; l’historique dit ce qu’il en est.
schedule-why-calendar = agenda : { $n ->
    [one] une plage
   *[other] { $n } plages
}
schedule-why-calendar-end = plages réservées oubliées
schedule-skipped-times = ({ $n } hors : heures illisibles)
schedule-skipped-rule = ({ $n } hors : règles impossibles à suivre)
schedule-skipped-zone = ({ $n } d’un fuseau inconnu, lus dans celui du bâtiment)
schedule-skipped-later = ({ $n } plus tardives laissées de côté)
schedule-stale = { $who } a changé ce programme entre-temps, { $when }{ $why }. Rien n’est encore enregistré. Votre saisie est toujours ci-dessous ; enregistrer de nouveau la met à la place de la version plus récente, qui reste dans l’historique.
schedule-refused-day = { $day } : { $what }
schedule-refused-row = Indiquez les deux heures et une température comme 20,5, ou laissez la ligne vide.
schedule-refused-order = De { $from } à { $until } finit avant de commencer. Une nuit tient en deux lignes : l’une jusqu’à 00:00, l’autre à partir de 00:00 le lendemain.
schedule-refused-overlap = Deux lignes se recouvrent à { $at }.
schedule-refused-date = Choisissez le premier et le dernier jour.
schedule-refused-own = Indiquez de quelle heure à quelle heure, et une température comme 20,5.
schedule-refused-note = L’occasion tient en 64 lettres au plus.
schedule-refused-backwards = Le dernier jour est avant le premier.
schedule-refused-long = Une exception dure au plus { $days } jours. Au-delà, changez la semaine.
schedule-refused-many = Au plus { $most } sont gardées. Enlevez-en d’abord.
audit-schedule = a changé le programme

day-0 = lundi
day-1 = mardi
day-2 = mercredi
day-3 = jeudi
day-4 = vendredi
day-5 = samedi
day-6 = dimanche

holiday-new-year = Jour de l’an
holiday-good-friday = Vendredi saint
holiday-easter-monday = Lundi de Pâques
holiday-labour-day = Fête du travail
holiday-victory-day = Victoire de 1945
holiday-ascension = Ascension
holiday-whit-monday = Lundi de Pentecôte
holiday-national-day = Fête nationale
holiday-assumption = Assomption
holiday-all-saints = Toussaint
holiday-armistice = Armistice de 1918
holiday-christmas = Noël
holiday-saint-stephen = Saint-Étienne

# Groupes de pièces, et copie vers eux.
groups-title = Groupes de pièces
groups-lead = Des pièces que l’on règle ensemble, comme les bureaux au nord. Une semaine se copie vers un groupe depuis la page du planning d’une pièce.
groups-list = Groupes
groups-none = Il n’y a pas encore de groupe.
groups-count = { $n ->
    [one] { $n } pièce
   *[other] { $n } pièces
}
groups-gone = Pièces qui ne sont plus dans le bâtiment
groups-gone-count = { $n ->
    [one] une n’est plus dans le bâtiment
   *[other] { $n } ne sont plus dans le bâtiment
}
groups-change = Modifier
groups-change-one = Modifier { $name }
groups-new = Un nouveau groupe
groups-name = Nom
groups-all-of = Tout l’étage :
groups-save = Enregistrer
groups-end = Supprimer ce groupe
groups-done-saved = Enregistré.
groups-done-ended = Le groupe est supprimé. Ses pièces restent comme elles sont.
groups-stale = Ce groupe a été modifié entre-temps. Rien n’a été enregistré ; regardez ce qui est là maintenant et enregistrez encore une fois.
groups-refused-name = Donnez au groupe un nom de 1 à 64 caractères imprimables.
groups-refused-empty = Choisissez au moins une pièce.
groups-refused-taken = Un autre groupe porte déjà ce nom.
groups-refused-many = Il y a déjà { $most } groupes : supprimez-en un qui ne sert plus.
schedule-copy-look = Montrer ce qui changerait
schedule-copy-changes = Ces pièces changeraient
schedule-copy-nothing = Toutes les pièces choisies ont déjà ce planning.
schedule-copy-same = Celles-ci l’ont déjà
schedule-copy-both = semaine et exceptions
schedule-copy-week = semaine
schedule-copy-exceptions = exceptions
schedule-copy-stale = L’un de ces plannings a été modifié entre-temps ({ $who }, { $when }). Rien n’a été copié ; voici ce qui changerait maintenant.
