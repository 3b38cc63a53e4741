# Ce dont chaque page a besoin : noms, unités de temps, confiance, actions.

skip = Aller au contenu
nav-label = Menu principal
nav-home = Accueil
nav-rooms = Pièces
nav-heaters = Radiateurs
other-language = English
theme-title = Changer les couleurs de ces pages
theme-device = Auto
theme-light = Clair
theme-dark = Sombre
demonstration = Démonstration
demonstration-title = Ceci est un bâtiment de démonstration
demonstration-text = Il montre comment Hypocaust fonctionne. Personne n’y habite, et rien de ce que vous faites ici ne chauffe une vraie pièce.
note-recorded-weather = Enregistré : la météo, l’année de référence RT2012 de la région parisienne.
note-recorded-occupancy = Enregistré : les allées et venues, comptées dans un bâtiment universitaire ; les logements suivent le scénario RT2012.
note-simulated-rooms = Simulé : les pièces, les murs et les fenêtres, donc chaque température et chaque mesure de l’air.
note-simulated-heaters = Simulé : les radiateurs, leur puissance et leur calcul.
note-simulated-work = Simulé : le travail que les radiateurs exécutent.
offline = La connexion au serveur est perdue. Ce que vous voyez peut dater ; elle revient d’elle-même.
yes = oui
no = non
why = Pourquoi ?
setpoint = Consigne
colder = Un demi-degré de moins
warmer = Un demi-degré de plus

lost-title = Il n’y a rien ici
lost-advice = Cette adresse ne mène à aucune page, pièce ni radiateur. Le lien est peut-être ancien.
lost-home = Vers l’accueil
broken-title = Cette page n’a pas pu être faite
broken-advice = Quelque chose a échoué sur le serveur. Son journal dit quoi. Réessayez dans un instant.
busy-title = Pas à l’instant
busy-advice = D’autres rapports sont en cours, quelques-uns à la fois. Réessayez dans un moment.
empty-title = Pas encore de bâtiment
empty-advice = Ce programme ne connaît pas encore de bâtiment. Commencez-en un ici, ou décrivez-en un dans le fichier de configuration et redémarrez.

length-seconds = { $n } s
length-minutes = { $n } min
length-hours = { $h } h { $m }
length-days = { $n } { $n ->
    [one] jour
   *[other] jours
}
age-now = à l’instant
age = il y a { $length }
since = depuis { $moment } ({ $age })
moment-day = { $day } à { $clock }
weekday-0 = lun.
weekday-1 = mar.
weekday-2 = mer.
weekday-3 = jeu.
weekday-4 = ven.
weekday-5 = sam.
weekday-6 = dim.
month-1 = janv.
month-2 = févr.
month-3 = mars
month-4 = avr.
month-5 = mai
month-6 = juin
month-7 = juil.
month-8 = août
month-9 = sept.
month-10 = oct.
month-11 = nov.
month-12 = déc.

trust-good = bon
trust-simulated = simulé
trust-stale = ancien
trust-estimated = estimé
trust-suspect = douteux
trust-missing = pas de mesure
trust-unknown = inconnu

action-heating = chauffe
action-holding = maintient
action-resting = repos
action-fallback = en autonomie
action-unknown = inconnu
occupancy-occupied = occupée
occupancy-empty = vide
occupancy-unknown = non connue

by-manager = gestionnaire
by-building-system = système du bâtiment
by-tenant = occupant
by-setback = réduit, personne n’est là
by-schedule = planning de la semaine
by-until = { $who }, jusqu’à { $until }

heat-from = Le chauffage commence vers { $clock }.
heat-until = Le chauffage continue jusque vers { $clock }.
heat-on = Le chauffage continue toute la journée.
heat-never = Aucun chauffage prévu dans la journée à venir.

refused-setpoint = Écrivez une température, par exemple 20,5.
refused-band = Choisissez une température de { $low } à { $high }.
refused-end = Choisissez une fin.
refused-soon = La fin est passée, ou à moins d’une minute. Choisissez-en une plus tardive.
refused-late = Cela peut durer { $longest } au plus. Choisissez une fin plus proche.
form-stale = Rien n’a été enregistré : quelqu’un d’autre a changé cela entre-temps. À présent : « { $now } ». Votre saisie est toujours là ; enregistrer de nouveau la met à la place.
