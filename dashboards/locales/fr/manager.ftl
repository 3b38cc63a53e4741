# Accueil, pièces et radiateurs, pour ceux qui s’occupent d’un bâtiment.

headline-nothing = Ce bâtiment n’a encore rien dit
headline-stale = Rien de nouveau depuis { $moment }
headline-blind = Aucune pièce froide connue, mais des températures manquent
headline-nobody = Tout est calme : aucune pièce n’a besoin d’être chaude
headline-fine = Personne n’a froid
headline-fine-known = Personne n’a froid, pour autant qu’on sache
headline-one = Personne n’a froid, sauf : { $a }
headline-two = Personne n’a froid, sauf : { $a } et { $b }
headline-many = { $n } pièces sont trop froides
subline-blind = { $n ->
    [one] · la température d’une pièce n’est pas connue
   *[other] · la température de { $n } pièces n’est pas connue
}
subline = { $n ->
    [0] personne dans le bâtiment
    [one] une pièce est occupée
   *[other] { $n } pièces sont occupées
} · état de { $moment } ({ $age })
subline-nothing = En attente du premier message d’un radiateur.

figures-label = Le bâtiment en six chiffres
figure-comfort = Pièces en confort
figure-comfort-none = aucune n’en a besoin
figure-comfort-meaning = Pièces dans leur plage, parmi celles qui sont occupées ou prévues en confort. La courbe : part des pièces à moins de 1 degré sous leur planning, sur 24 heures.
figure-heat = Chaleur
figure-heat-meaning = Puissance qui va dans des pièces qui ne sont pas trop chaudes, et ce que toutes demandent. La courbe : les dernières 24 heures.
figure-compute = Calcul
figure-compute-meaning = Puissance qui exécute du travail plutôt que la résistance, et cœurs au travail. La courbe : les dernières 24 heures.
figure-cores = · { $n ->
    [one] { $n } cœur
   *[other] { $n } cœurs
}
figure-electricity = Électricité
figure-electricity-meaning = Puissance tirée par tous les radiateurs, et énergie du jour. La courbe : les dernières 24 heures.
figure-useful = Chaleur utile
figure-useful-meaning = Part de la chaleur donnée à des pièces au plus un demi-degré au-dessus de ce que leur planning demande dans les six heures.
figure-today = aujourd’hui
figure-24h = sur 24 h

plan-title = Plan
plan-floors = Étages
plan-list = Tout
plan-empty = Ce bâtiment n’a pas encore de pièce.
legend-label = Couleurs : écart à la consigne
legend-cold = plus froid que voulu
legend-warm = plus chaud que voulu

ahead-title = Puissance, un jour avant et un jour après
ahead-resistor = résistance
ahead-compute = calcul
ahead-announced = travail annoncé
ahead-planned = chaleur prévue
ahead-work = Travail disponible : { $power }. Au-delà, la chaleur vient de la résistance et ne calcule rien.
ahead-no-work = Personne ne dit combien de travail il y a ; il compte comme suffisant, sans valeur.

attention-title = À regarder
attention-none = Rien. Tout ce qui a été entendu est comme il faut.
attention-more = { $n ->
    [one] encore un
   *[other] encore { $n }
}
severity-urgent = Urgent
severity-soon = Bientôt
severity-note = Note

problem-cold = { $name } : { $below } trop froid
problem-unknown = { $name } : température inconnue
problem-sensor-suspect = { $name } : { $metric }, mesure douteuse
problem-sensor-missing = { $name } : { $metric } sans mesure
problem-silent = { $name } ne répond plus
problem-silent-many = { $n } radiateurs ne répondent plus
problem-tripped = { $name } s’est arrêté de lui-même
problem-off = { $name } est éteint à la main
problem-derated = { $name } est trop chaud à l’intérieur
problem-fallback = { $name } est en autonomie
problem-fallback-many = { $n } radiateurs sont en autonomie
problem-over = { $name } tire { $drawn } pour { $budget } permis
problem-cap = Le plafond de { $cap } agit{ $n ->
    [0] {""}
    [one] , une pièce reçoit moins
   *[other] , { $n } pièces reçoivent moins
}
problem-second-controller = Un autre contrôleur agit sur ce bâtiment
problem-cap-low = Le plafond de { $cap } est sous ce que les radiateurs tirent en autonomie
problem-work = Personne ne dit combien de travail il y a
problem-override = { $name } : { $setpoint } jusqu’à { $until }

cause-cold-window = Fenêtre sans doute ouverte : la température et le CO₂ sont tombés ensemble.
cause-cold-silent = Son radiateur ne répond plus.
cause-cold-tripped = Son radiateur est arrêté.
cause-cold-fallback = Son radiateur est en autonomie et ne tient que le réduit.
cause-cold-cap = Un plafond de puissance lui laisse moins que ce qu’elle demande.
cause-cold-held = Quelqu’un a limité son radiateur, ou ne lui laisse plus prendre de calculs. Voir la page du radiateur.
cause-cold-warming = Elle se réchauffe ; un peu de patience.
cause-cold-full = Son radiateur donne tout : cherchez un courant d’air, une porte ouverte ou trop peu de puissance.
cause-cold-no-heater = Elle n’a pas de radiateur.
cause-cold-unknown = Aucune cause ne ressort. Comparez température et puissance sur la journée.
cause-unknown = Aucun capteur de cette pièce ne donne de valeur crédible. Son radiateur garde un repli sûr.
cause-sensor-suspect = La valeur saute, ne bouge plus ou ne peut pas être vraie. Elle est gardée, mais pas utilisée.
cause-sensor-missing = Le capteur dit qu’il n’a pas de valeur.
cause-silent = Plus de courant, plus de réseau, ou le logiciel est arrêté. En attendant il garde son repli.
cause-tripped = Il se protège : trop chaud, ou plus de puissance que permis. Une fois refroidi, il réessaie de lui-même.
cause-tripped-for-good = Il s’est protégé deux fois en une heure. Cherchez pourquoi, puis réarmez-le sur place ; d’ici, ce n’est pas possible.
cause-off = Quelqu’un a utilisé son interrupteur. C’est respecté, hors gel.
cause-derated = Quelque chose le couvre, ou son filtre est plein. Il réduit sa puissance de lui-même.
cause-fallback = Il n’a pas de bail : il manque la régulation, ou le réseau entre les deux.
cause-over = Compteur ou relais en panne ? Il devrait s’arrêter en quelques secondes ; sinon, éteignez-le.
cause-cap = La puissance est partagée selon le besoin, en attendant mieux.
cause-cap-until = Demandé par un système du bâtiment jusqu’à { $until }. La puissance est partagée selon le besoin.
cause-second-controller-told = Annoncé par { $heaters }. Si c’est un seul radiateur, c’est plutôt son identifiant qui est en de mauvaises mains : révoquez-le.
cause-second-controller = Des radiateurs annoncent une puissance que ce contrôleur n’a jamais accordée : une copie de son dossier de données tourne ailleurs. Les plafonds ne tiennent qu’une fois l’un des deux arrêté.
cause-cap-low = Il ne tient que si les radiateurs sont connectés. Relevez le plafond ou baissez les replis.
cause-work = Compté comme assez de travail, sans valeur. Vérifiez la source de travail.
cause-override = Posé par : { $who }. Se termine tout seul.

act-room = Voir la pièce
act-heater = Voir le radiateur
act-heaters = Radiateurs
act-rooms = Pièces
act-sensor = Voir les capteurs
act-override = Changer ou finir

col-room = Pièce
col-heater = Radiateur
col-deviation = Écart
col-action = Chauffage
col-occupancy = Présence
col-drawn = Tiré
col-wanted = Voulu
col-granted = Accordé
col-lease = Bail
col-work = Travail
col-chip = Puce
col-mode = État
col-seen = Entendu
col-sensor = Capteur
col-value = Valeur
col-trust = Qualité
col-from = De
heaters-empty = Ce bâtiment n’a pas encore de radiateur.

room-band = l’occupant peut choisir de { $low } à { $high }
room-power = { $drawn } sur { $budget } accordés
room-next = Prochain changement du planning à { $moment }, vers { $setpoint }.
room-next-day = Prochain changement du planning : { $moment }, vers { $setpoint }.
room-no-heater = Aucun radiateur dans cette pièce.

why-below = Chauffe avec { $power } : il manque { $missing } pour atteindre { $setpoint }.
why-preheating = Chauffe d’avance avec { $power }, pour { $setpoint } à { $moment }.
why-preheating-day = Chauffe d’avance avec { $power }, pour { $setpoint } { $moment }.
why-at = Maintient { $setpoint } avec { $power }.
why-above = Pas besoin de chaleur : { $above } au-dessus de { $setpoint }.
why-cap = Reçoit { $power } sur { $wanted } voulus : un plafond de { $cap } est partagé selon le besoin.
why-full-power = Chauffe avec tout ce qu’il y a, { $power } : il manque encore { $missing } pour atteindre { $setpoint }.
why-vacant = Personne n’est attendu pour le moment : tenue à { $setpoint } au moins avec { $power }, au lieu de { $occupied } pour des gens.
why-window = Une fenêtre semble ouverte, depuis { $age } : la chaleur est réduite à { $power }, une demi-heure au plus. Au-dessous de { $lowest }, elle revient aussitôt.
why-believed-silent = Le thermomètre se tait depuis { $age }. D’après ce qu’on sait de la pièce, il y fait { $believed } et elle reçoit { $power } ; après { $limit }, ses radiateurs gardent leur repli.
why-believed-absurd = Depuis { $age }, le thermomètre dit ce qu’aucune pièce ne peut être. D’après ce qu’on sait de la pièce, il y fait { $believed } et elle reçoit { $power } ; après { $limit }, ses radiateurs gardent leur repli.
why-believed-stuck = Depuis { $age }, le thermomètre ne bouge plus alors que la pièce bouge. D’après ce qu’on sait de la pièce, il y fait { $believed } et elle reçoit { $power } ; après { $limit }, ses radiateurs gardent leur repli.
why-must-run = Des calculs qui doivent tourner ici font { $jobs } de chaleur : { $power } sont donnés, moins n’est pas possible.
why-cheap = Met de la chaleur en réserve avec { $power } : elle coûte { $cost } maintenant, { $later } en moyenne dans les 24 heures.
why-work-pays = Met de la chaleur en réserve avec { $power } : ses calculs rapportent { $earned } de plus qu’elle ne coûte.
why-ahead-of-cap = Met de la chaleur en réserve avec { $power } : à partir de { $moment }, un plafond laisse { $cap } aux pièces qui en dépendent, trop peu pour toutes.
why-ahead-of-cap-day = Met de la chaleur en réserve avec { $power } : dès le { $moment }, un plafond laisse { $cap } aux pièces qui en dépendent, trop peu pour toutes.
why-rule-heating-mean = Tenue à { $limit } avec { $power }, et non aux { $asked } demandés : la loi limite le chauffage à 19 °C en moyenne des pièces.
why-rule-empty-a-day = Tenue à { $limit } au plus avec { $power }, et non aux { $asked } demandés : la loi limite à 16 °C ce qui est inoccupé depuis un jour.
why-rule-empty-two-days = Tenue à { $limit } avec { $power }, et non aux { $asked } demandés : la loi limite à 8 °C ce qui est inoccupé depuis deux jours.
why-rule-frost = Tenue à { $limit } avec { $power }, et non aux { $asked } demandés : plus bas, l’eau des conduites peut geler.
why-rule-site-eco = Tenue à { $limit } avec { $power }, et non aux { $asked } demandés : le bâtiment est en mode éco.
why-rule-site-closed = Tenue à { $limit } avec { $power }, et non aux { $asked } demandés : le bâtiment est fermé.
why-rule-site-frost = Tenue à { $limit } avec { $power }, et non aux { $asked } demandés : le bâtiment est seulement mis hors gel.
why-rule-site-stop = Pas de chaleur, bien que { $asked } soient demandés : tous les radiateurs du bâtiment sont arrêtés. Chacun garde sa propre protection contre le gel. ({ $limit }, { $power })
why-excitation = Jusqu’à { $dither } au-dessus de { $setpoint } pour un moment, avec { $power } : personne n’est là, et l’on apprend ainsi comment la pièce répond à la chaleur.
why-unknown = Sa température n’a jamais été entendue. Les radiateurs gardent leur repli.
why-unknown-since = Pas de température crédible depuis { $age }. Les radiateurs gardent leur repli.
why-silent = Ses radiateurs n’ont jamais été entendus. Ils gardent leur repli.
why-silent-since = Ses radiateurs ne répondent plus depuis { $age }. Ils gardent leur repli.
why-heaters-off = Ses radiateurs sont arrêtés : ils se protègent, ou quelqu’un les a éteints.
why-not-controllable = Ses radiateurs ne font que rapporter ; leur puissance ne se change pas d’ici.
why-no-heater = Aucun radiateur dans cette pièce.
why-not-heard = La régulation n’a encore rien dit de cette pièce.
why-occupied = Quelqu’un est là.
why-empty = Personne n’est là.

override-title = Changer pour un temps
override-setpoint = Température en degrés Celsius
override-until = Pendant combien de temps
end-30min = 30 min
end-2h = 2 h
end-next = prochain changement
end-date = date…
end-date-label = Date et heure de fin
override-apply = Appliquer
override-limits = De 8 à 30 °C, 7 jours au plus. Se termine tout seul.
override-running = { $setpoint } par { $who } jusqu’à { $until }.
override-left = Reste :
override-cancel = Terminer
done-override = C’est fait. Les radiateurs suivent en quelques secondes.
done-end = Terminé. La pièce reprend son planning.
done-gone = C’était déjà terminé.

history-title = Historique
history-span = Durée
history-day = 24 h
history-week = 7 jours
history-month = 30 jours
history-table = En tableau
history-files = En fichier (CSV) :
history-noscript = Le graphique demande un script. Les mêmes valeurs sont dans le tableau.
history-nothing = Rien n’a été enregistré pendant ce temps.
history-broken = L’historique n’a pas pu être chargé. Le tableau l’a toujours.
chart-setpoint = Planning
chart-range = Plus bas – plus haut
chart-now = maintenant
chart-outdoor = Dehors
chart-event-override = dérogation à { $setpoint }, { $who }
chart-whole = Tout le temps
chart-zoom = Glissez sur un passage pour le voir de plus près. Le voile autour d’une courbe va de la plus basse à la plus haute valeur de chaque pas.

day-title = Un jour passé, un jour à venir
day-expected = { $air } attendus à { $clock }, heure à partir de laquelle le plan veut au moins { $bound }.
day-range = Entre { $low } et { $high } attendus dans la journée à venir.
day-unsure = On ne sait pas encore de combien cela peut s’écarter, d’où l’absence de bande : il faut un jour de prédictions vérifiées.
day-stale = Ce plan date. Un nouveau se fait toutes les quatre minutes ; il manque peut-être la régulation, ou la température de la pièce.
day-over = Le dernier plan entendu est passé. Un nouveau se fait toutes les quatre minutes ; il manque peut-être la régulation, ou la température de la pièce.
day-none = Aucun plan n’a encore été entendu pour cette pièce. Il se fait en quelques minutes, si la pièce a un radiateur et une température crédible.
day-presence = présence attendue
day-key-expected = attendue
day-key-errors = à une erreur habituelle près
day-key-bounds = bornes du plan
day-key-drawn = Puissance
day-key-planned = prévue
day-table-ahead = La journée à venir, comme prévu
day-table-past = La journée passée
day-file = Journée à venir
day-col-when = De – à
day-col-air = Attendue à la fin
day-col-error = ±
day-col-low = Pas moins de
day-col-high = Pas plus de
day-col-power = Chaleur prévue
day-col-presence = Quelqu’un là
reason-rise = Prochaine hausse
reason-rise-value = { $bound } à { $clock }
reason-rise-none = aucune dans la journée à venir
reason-expected = Attendue alors
reason-heat = Prévu d’ici là
reason-heat-day = Prévu en tout
reason-heat-value = { $energy }, { $power } au plus

learned-title = Ce qui a été appris de chaque pièce
learned-here = Ce qui a été appris de cette pièce
learned-all = Ce qui a été appris de chaque pièce
learned-time-constant = Constante de temps
learned-time-constant-meaning = Sans chauffage, l’écart de la pièce avec l’extérieur tombe à 37 % dans ce temps. Plus elle est longue, plus il faut commencer tôt, et plus la chaleur reste.
learned-heat-loss = Déperdition
learned-heat-loss-meaning = Autant de watts gardent la pièce un degré plus chaude que l’extérieur.
learned-errors = Erreurs
learned-error-1h = Erreur à 1 h
learned-error-6h = Erreur à 6 h
learned-error-24h = Erreur à 24 h
learned-errors-meaning = L’écart des prédictions faites une, six et vingt-quatre heures avant, sur les derniers jours, en moyenne quadratique. La bande de l’image a cette largeur.
learned-since = En service
learned-since-meaning = Chaque nuit l’histoire propre de la pièce est étudiée ; un nouveau modèle n’est pris que s’il prédit mieux le dernier jour.
learned-not-yet = pas encore appris : d’après l’usage pour sa taille
learned-nothing = rien n’a encore été dit
learned-meaning = Ce que disent ces nombres

today-title = Aujourd’hui
today-override = dérogation

link-title = Pour la personne de cette pièce
link-text = Un lien ouvre une page pour cette seule pièce : sa température, pourquoi, et un peu plus ou un peu moins. Un nouveau lien met fin à l’ancien, et la fin du bail aussi.
link-make = Faire un nouveau lien
link-made = Le lien de cette pièce
link-end = Mettre fin au lien
link-until = Un lien est en vigueur jusqu’à { $until }.
link-ended = Le lien a pris fin : il n’ouvre plus rien.
link-once = Il n’est montré que cette fois. Qui l’a peut s’en servir : ne le donnez qu’à la personne de cette pièce.

audit-title = Ce qui a été fait ici
audit-none = Rien encore.
audit-override = { $setpoint } jusqu’à { $until }
audit-override-end = a terminé une dérogation
audit-tenant-link = a fait un nouveau lien
audit-tenant-link-end = a mis fin au lien
audit-erase-presence = a souhaité que la présence soit effacée
audit-presence-erased = a effacé la présence
presence-title-manager = Ce que les capteurs disent des personnes
presence-open = Qui l’a lu, et l’effacer à la place de l’occupant
audit-configure = a modifié la configuration

heater-id = Identifiant
heater-rated = Puissance nominale
heater-resistor = Dont résistance
heater-fallback = En autonomie, au plus
heater-controllable = Commutable
heater-boot = Démarrage
heater-identity = Identité
enrol-title = Nouvel appareil
enrol-text = Un appareil devient ce radiateur grâce à un code à usage unique. Celui qui l’était avant est exclu dès que le code sert.
enrol-make = Créer un code à usage unique
enrol-made = Sur le nouvel appareil, tapez
enrol-once = Il n’est montré qu’une fois et vaut 24 heures. À la place de ADDRESS, écrivez l’adresse par laquelle l’appareil joint ce serveur.
enrol-no-authority = Aucun code ne peut être créé : le broker n’écoute pas en TLS. Indiquez tls_listen sous [mqtt] dans la configuration et démarrez une fois.
enrol-taken = Aucun code ne peut être créé : un identifiant de ce nom sert à autre chose.
heater-unplaced = Dans aucune pièce
heater-alarms = Il signale :
alarm-room-sensor = Aucune mesure crédible de la pièce.
alarm-outlet-sensor = Aucune mesure crédible de son boîtier.
alarm-chip-sensor = Aucune mesure crédible de ses puces.
alarm-room-sensors-differ = Deux capteurs de la pièce se contredisent.
alarm-outlet-sensors-differ = Deux capteurs de son boîtier se contredisent.
alarm-frost = Risque de gel.
alarm-hot = Il est trop chaud à l’intérieur et ne peut pas réduire sa puissance.
alarm-trip-heat = Arrêté : il était trop chaud.
alarm-trip-power = Arrêté : il tirait plus que permis.
alarm-trip-sensors = Arrêté : ses capteurs se contredisaient à forte puissance.
alarm-needs-reset = Quelqu’un doit le réarmer sur place.
alarm-outbox-disk = Ses enregistrements ne survivraient pas à une coupure de courant.
alarm-outbox-full = { $n ->
    [one] { $n } enregistrement a été perdu.
   *[other] { $n } enregistrements ont été perdus.
}
alarm-budget-refused = { $n ->
    [one] { $n } budget a été refusé que la régulation ne peut pas avoir voulu.
   *[other] { $n } budgets ont été refusés que la régulation ne peut pas avoir voulus.
}
heater-work = { $jobs ->
    [one] { $jobs } tâche
   *[other] { $jobs } tâches
} · { $cores ->
    [one] { $cores } cœur
   *[other] { $cores } cœurs
}
status-online = connecté
status-offline = non connecté
status-unknown = connexion non connue

budget-title = Budget
budget-wanted = Voulu
budget-granted = Accordé
budget-obeyed = Obéi
budget-drawn = Tiré
budget-lease = Reste du bail
budget-heat = Dont chaleur
budget-stops = S’arrête à
budget-granted-number = N° accordé
budget-obeyed-number = N° obéi

mode-boot = démarre
mode-fallback = en autonomie
mode-leased = obéit
mode-fallback-blind = en autonomie, sans capteur
mode-derated = trop chaud à l’intérieur
mode-tripped = arrêté
mode-local-off = éteint à la main
mode-silent = ne répond plus
mode-reports = rapporte seulement
mode-unknown = inconnu
mode-boot-meaning = Il lit chaque capteur pour la première fois.
mode-fallback-meaning = Il n’a pas de bail : son propre thermostat tient le réduit dans sa puissance de repli.
mode-leased-meaning = Il suit un bail en cours de la régulation.
mode-fallback-blind-meaning = Il a perdu un capteur, de sa pièce ou de sa propre chaleur : une petite puissance fixe écarte le gel.
mode-derated-meaning = Il réduit sa puissance le temps de refroidir.
mode-tripped-meaning = Il a coupé sa sortie pour se protéger.
mode-local-off-meaning = Quelqu’un l’a éteint sur place. Seul le gel passe outre.
mode-silent-meaning = Il n’a rien dit. Seul, il garde son repli.
mode-reports-meaning = Il dit ce qu’il mesure. Sa puissance ne se change pas d’ici : il n’a ni budget ni bail.
mode-unknown-meaning = Il n’a pas encore dit ce qu’il fait.

sensors-title = Capteurs
sensors-none = Il n’a encore envoyé aucune mesure.
record-title = Dernier message, tel quel
record-none = Il n’a encore envoyé aucun message.

metric-temperature-c = Température
metric-humidity-pct = Humidité
metric-co2-ppm = CO₂
metric-voc-ppb = COV
metric-pm25-ugm3 = Particules fines
metric-illuminance-lux = Lumière
metric-sound-dba = Son
metric-presence = Présence
metric-power-w = Puissance
metric-energy-wh = Compteur
metric-resistor-w = Résistance
metric-load-pct = Charge
metric-cores-busy = Cœurs actifs
metric-jobs-running = Tâches
metric-chip-temperature-c = Température de la puce
metric-case-temperature-c = Température du boîtier
metric-fan-rpm = Ventilateur
metric-wifi-clients = Clients Wi-Fi
metric-link-up-mbps = Débit montant
metric-tank-top-c = Ballon, haut
metric-tank-bottom-c = Ballon, bas
metric-flow-lpm = Débit
metric-inlet-c = Entrée
metric-outlet-c = Sortie

# La page des règles de la loi.

rules-title = Règles de la loi
rules-lead = Ce que la loi permet borne ce que l’on demande, pour la chaleur des calculs comme pour toute autre.
rules-site = Le bâtiment
rules-profile = Quelle loi
rules-profile-none = Aucune : les consignes sont celles que l’on fixe
rules-profile-france = France : 19 °C en moyenne, 16 °C après un jour d’inoccupation, 8 °C après deux
rules-exception = Exception
rules-exception-none = aucune
rules-exception-care = soins, ou personnes âgées
rules-exception-small-children = enfants en bas âge
rules-rooms-text = La moyenne est celle des pièces d’un logement ; les pièces hors logement sont prises ensemble. Ce qui fait exception n’est ni borné, ni compté dans la moyenne.
rules-dwelling = Logement
rules-save = Enregistrer
rules-done = C’est noté. La régulation suit en quelques secondes.
rules-refused = Ce n’était pas un choix de cette page. Rien n’a changé.
rules-refused-dwelling = { $room } : rien n’a changé. Un logement porte un nom d’au plus 64 lettres.

## Longues listes : filtres, pages, recherche.

list-text = Nom
list-floor = Étage
list-floor-any = tous les étages
list-state = État
list-state-any = tous
list-state-cold = trop froides
list-state-warm = trop chaudes
list-state-blind = température inconnue
list-state-heating = en chauffe
list-state-occupied = occupées
list-sort = Ordre
list-sort-plan = par étage
list-sort-name = par nom
list-sort-cold = les plus froides d’abord
list-sort-drawn = les plus gourmands d’abord
list-sort-id = par identifiant
list-sort-heard = les plus longtemps muets d’abord
list-show = Afficher
list-all = Tout afficher
list-none = Rien ne correspond à ces filtres.
list-rooms = { $n ->
    [one] une pièce
   *[other] { $all } pièces
}
list-rooms-some = { $shown } sur { $all } pièces
list-heaters = { $n ->
    [one] un radiateur
   *[other] { $all } radiateurs
}
list-heaters-some = { $shown } sur { $all } radiateurs
pager-label = Pages de cette liste
pager-words = { $from } à { $to } sur { $all }
pager-before = Précédente
pager-after = Suivante
search-title = Recherche
search-label = Chercher une pièce ou un radiateur
search-placeholder = Chercher  /
search-do = Chercher
search-advice = Pièces et radiateurs, par nom ou identifiant.
search-lead = Ce qui s’appelle { $text }
search-none = Aucune pièce ni aucun radiateur ne s’appelle { $text }.
search-more = { $n ->
    [one] Et encore un : ajoutez un mot pour le trouver.
   *[other] Et encore { $n } : ajoutez un mot pour les trouver.
}

## Le passé d’une pièce : ce qui s’est passé, chaque radiateur, qui était là
chart-event-alarm = alarme : { $words }
chart-event-lasts = depuis { $moment } : { $words }
chart-events = Ce qui s’est passé
chart-overrides = dérogation en vigueur
chart-alarms = alarme
chart-presence = quelqu’un présent
chart-file-heaters = Puissance par radiateur

## The mode of a whole building
mode-title = Mode du bâtiment
mode-link = Changer le mode du bâtiment
mode-choice = Ce que doit être tout le bâtiment
mode-comfort = Confort
mode-comfort-meaning = Selon les programmes et les demandes.
mode-eco = Éco
mode-eco-meaning = Un degré de moins que demandé. Ce qu’un gestionnaire demande dans une pièce reste.
mode-closed = Fermé
mode-closed-meaning = Personne n’est attendu : 16 °C au plus. Ce qu’un gestionnaire demande dans une pièce reste.
mode-frost = Hors gel
mode-frost-meaning = Personne n’est attendu pour longtemps : 8 °C dans chaque pièce, quoi qu’on demande.
mode-stop = Arrêt
mode-stop-meaning = Aucun radiateur ne consomme, aucune tâche ne tourne. Chacun garde sa propre protection contre le gel.
mode-reason = Pourquoi (visible de tous)
mode-until = Jusqu’à (vide : jusqu’à nouvel ordre)
mode-save = Appliquer ce mode
mode-done = C’est fait. Les radiateurs suivent en moins d’une minute.
mode-line-comfort = Le bâtiment est comme d’habitude : programmes et demandes disent combien il fait.
mode-line-eco-until = Mode éco, fin : { $moment }. { $reason }
mode-line-eco-open = Mode éco : { $reason }
mode-line-closed-until = Fermé, réouverture : { $moment }. { $reason }
mode-line-closed-open = Fermé : { $reason }
mode-line-frost-until = Hors gel seulement, fin : { $moment }. { $reason }
mode-line-frost-open = Hors gel seulement : { $reason }
mode-line-stop-until = Tous les radiateurs sont arrêtés, fin : { $moment }. { $reason }
mode-line-stop-open = Tous les radiateurs sont arrêtés : { $reason }
mode-refused = Rien n’a changé : ce mode n’existe pas.
mode-refused-reason = Rien n’a changé : dites pourquoi, en 1 à 64 caractères.
mode-refused-until = Rien n’a changé : la fin n’est pas une heure, ou elle est passée.

# Ce que l’on fait d’un radiateur
heater-firmware = Logiciel
heater-door = Se connecte par
heater-hotspot = Borne Wi-Fi
hotspot-none = non
hotspot-stale = pas de nouvelles récentes
hotspot-clients = { $n ->
    [0] oui, personne n’est connecté
    [one] oui, { $n } appareil connecté
   *[other] oui, { $n } appareils connectés
}
door-certificate = son certificat (fin : { $moment })
door-secret = son mot de passe (fait : { $moment })
door-gateway = la passerelle { $gateway }
door-revoked = plus rien (révoqué : { $moment })
door-closed = rien encore : il n’a pas d’identifiant d’accès
door-simulated = la simulation
heater-limited = Limité à { $watts } jusqu’à nouvel ordre : { $reason }
heater-limited-until = Limité à { $watts }, fin : { $moment }. { $reason }
heater-drained = Ne prend plus de calculs jusqu’à nouvel ordre : { $reason }
heater-drained-until = Ne prend plus de calculs, fin : { $moment }. { $reason }
heater-shows = Se signale, fin : { $moment }
heater-heard = Le radiateur l’a entendu.
heater-unheard = En route : le radiateur l’entend dans les dix secondes.
heater-unheard-silent = Le radiateur ne dit rien : il l’entendra à son retour.
heater-hindered-recorded = Ce bâtiment est un enregistrement : personne n’obéit.
heater-hindered-reports = Ce radiateur ne fait que mesurer. On ne peut rien lui demander.
heater-refused-watts = Rien n’est fait : la limite est un nombre entier de watts, sous sa puissance nominale.
heater-refused-reason = Rien n’est fait : dites pourquoi, en 1 à 64 caractères. Cela figure au journal.
heater-refused-until = Rien n’est fait : la fin doit être à venir. Laissez vide pour « jusqu’à nouvel ordre ».
heater-refused-stale = Rien n’est fait : quelqu’un d’autre l’a changé entre-temps. Voici ce qui est ; ce que vous avez tapé est encore là.
heater-refused-sure = Rien n’est fait : cochez la case si vous êtes sûr.
heater-done-identify = Il doit se signaler pendant deux minutes.
heater-done-identify-end = Il doit cesser de se signaler.
heater-done-limit = La limite est en vigueur.
heater-done-limit-end = La limite est levée.
heater-done-drain = Il ne prend plus de calculs. Ceux qui tournent peuvent finir.
heater-done-drain-end = Il reprend des calculs.
heater-done-room = Le radiateur est là où vous l’avez dit.
heater-done-revoke = Son accès est révoqué. Une connexion ouverte est fermée dans la minute.
heaters-done-decommission = Le radiateur a quitté le bâtiment. Ce qu’il a mesuré reste.
service-title = Entretien
service-identify-text = Qu’il se signale, par sa lumière ou un son : pour qui se trouve devant plusieurs radiateurs.
service-identify = Se signaler, deux minutes
service-identify-end = Cesser de se signaler
service-limit = Limiter sa puissance
service-limit-text = On ne lui accorde pas plus, quoi que demande sa pièce. Sans contact, il chauffe seul jusqu’à sa puissance de repli.
service-watts = Au plus, en watts
service-reason = Pourquoi
service-until = Jusqu’à (vide : jusqu’à nouvel ordre)
service-limit-do = Limiter
service-limit-end = Lever la limite
service-drain = Ne plus prendre de calculs
service-drain-text = Les calculs en cours peuvent finir, aucun ne commence ; sa résistance chauffe, s’il en a une. Avant de l’ouvrir ou de l’enlever.
service-drain-do = Ne plus prendre de calculs
service-drain-end = Reprendre des calculs
service-room = Le changer de pièce
service-room-text = Ce qu’il a mesuré reste à la pièce où il l’a mesuré. Ce qui a été appris des deux pièces recommence.
service-room-do = Changer
service-revoke = Révoquer son accès
service-revoke-text = Pour un appareil volé ou vendu. Il est exclu dans la minute et ne revient qu’avec un nouveau code à usage unique. Il continue de chauffer, seul.
service-revoke-sure = Je suis sûr : cet appareil ne doit plus se connecter.
service-revoke-do = Révoquer
service-decommission = Le retirer du bâtiment
service-decommission-text = Débranchez-le d’abord. Il n’est plus dans les listes, les plans ni les budgets, et son accès prend fin. Ce qu’il a mesuré reste dans les courbes de sa pièce et dans les rapports ; ce qui a été appris de la pièce recommence.
service-decommission-sure = Je suis sûr : il est débranché, et quitte le bâtiment.
service-decommission-do = Retirer
service-elsewhere = Sa pièce, et son appartenance au bâtiment, se disent là où le bâtiment est décrit :
service-building = La description du bâtiment
audit-enrolment-code = a fait un code à usage unique
audit-revoke = a révoqué l’accès
audit-decommission = l’a retiré du bâtiment
audit-limit-end = a levé la limite
audit-drain-end = lui laisse reprendre des calculs
audit-identify-end = a mis fin au signal
room-score = Confort, 7 jours
room-score-cold = trop froid de { $kh }
heater-hindered-words = Son logiciel ne connaît ni « se signaler » ni « ne plus prendre de calculs ». On peut le limiter.
heater-refused-heard = Rien n’est fait : ce radiateur parle encore. Débranchez-le d’abord et attendez une minute : branché, il chaufferait seul, et personne ne compterait avec lui.
door-expired = plus rien (certificat terminé : { $moment }). Il lui faut un nouveau code à usage unique
service-form = Vers le formulaire
