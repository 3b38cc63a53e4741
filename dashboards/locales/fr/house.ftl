# L’état du système, l’écran du hall, et où va la chaleur.

nav-health = Système

health-title = État du système
health-headline = { $n ->
    [0] Le système va bien
    [one] Un point du système demande quelqu’un
   *[other] { $n } points du système demandent quelqu’un
}
health-subline = Version { $version } · en marche depuis { $uptime } · sauf mention contraire, les compteurs partent de là
health-elsewhere = inconnu : cette partie tourne dans un autre processus
health-to-do = À faire :
health-until = jusqu’au { $day }

health-parts-title = Parties
health-part-works = fonctionne
health-part-fails = ne fonctionne pas
health-part-elsewhere = inconnu : tourne dans un autre processus
health-part-broker = Courtier de messages
health-part-broker-does = Porte chaque message entre les radiateurs, le travail et les autres parties.
health-part-ingest = Collecte
health-part-ingest-does = Juge ce que les radiateurs ont mesuré, l’enregistre et le leur confirme.
health-part-store = Historique
health-part-store-does = Garde sur disque ce qui a été mesuré.
health-part-controller = Régulation
health-part-controller-does = Décide combien chaque radiateur peut consommer. Sans elle, chacun garde son propre repli.
health-part-alarms = Alarmes
health-part-alarms-does = Regarde toutes les cinq secondes si quelque chose ne va pas, et prévient.
health-part-dashboards = Pages
health-part-dashboards-does = Ces pages et l’interface pour les programmes.

health-group-broker = Qui se connecte
health-group-ingest = Du radiateur à l’historique
health-group-store = Disque de l’historique
health-group-certificates = Certificats
health-group-backup = Sauvegarde

health-connections = Connexions
health-connections-value = { $one } ouvertes, { $other } depuis le démarrage
health-connections-meaning = Radiateurs, systèmes du bâtiment et nos propres parties qui se sont identifiés.
health-traffic = Messages
health-traffic-value = { $one } reçus, { $other } distribués
health-traffic-meaning = Portés depuis le démarrage. Un message que plusieurs écoutent est distribué plusieurs fois.
health-allowed = Peuvent se connecter
health-allowed-nobody = personne
health-allowed-meaning = Ceux qui ont un mot de passe ou un certificat valable, de ce bâtiment et de nos propres parties. Tous les autres sont refusés.
health-role-heater = { $n ->
    [one] { $n } radiateur
   *[other] { $n } radiateurs
}
health-role-gateway = { $n ->
    [one] { $n } passerelle
   *[other] { $n } passerelles
}
health-role-service = { $n ->
    [one] { $n } de nos parties
   *[other] { $n } de nos parties
}
health-role-work-source = { $n ->
    [one] { $n } source de travail
   *[other] { $n } sources de travail
}
health-role-building-system = { $n ->
    [one] { $n } système du bâtiment
   *[other] { $n } systèmes du bâtiment
}
health-role-observer = { $n ->
    [one] { $n } observateur
   *[other] { $n } observateurs
}
health-turned-away = Connexions refusées
health-turned-away-meaning = Les raisons figurent plus bas. Quelques-unes viennent d’un appareil avec un ancien mot de passe.
health-turned-away-do = Voyez la raison plus bas : contre un mauvais mot de passe, faites un nouveau code sur la page du radiateur.
health-dropped = Messages perdus en route
health-dropped-meaning = Pas pris à temps par un lecteur trop lent ou absent. Les mesures des radiateurs n’en sont pas : ils les renvoient.
health-dropped-do = Regardez le réseau de ce lecteur ; le journal le nomme.

health-newest = Dernière mesure enregistrée
health-newest-none = aucune encore
health-newest-meaning = L’âge de la mesure la plus récente qui est en sûreté sur disque. Les radiateurs mesurent toutes les quelques secondes.
health-newest-do = Voyez à la page Radiateurs s’ils se taisent, et plus haut si la collecte fonctionne.
health-commit-age = De la mesure au disque
health-commit-age-value = { $share } en moins de 5 s ; { $n } relevés ont mis 2 min ou plus
health-commit-age-none = rien d’enregistré depuis le démarrage
health-commit-age-meaning = Le temps qu’ont mis les relevés du radiateur au disque, selon l’horloge du radiateur. Ce qui revient après une panne n’est pas compté.
health-commit-age-do = L’horloge d’un radiateur est fausse, ou le disque est lent : voyez le journal.
health-lost = Relevés perdus pour de bon
health-lost-meaning = Relevés que des radiateurs disent avoir dû abandonner, après un jour sans connexion ou un fichier perdu. Rien ne comble ces trous.
health-lost-do = Voyez à la page Alarmes quels radiateurs ont perdu des relevés, et regardez leur connexion.

health-size = Historique sur disque
health-size-value = { $size }, { $n } relevés
health-size-meaning = Tout ce qui a été mesuré et gardé.
health-size-do = Regardez la partie qui tient l’historique : elle ne répond pas.
health-history-silent = inconnu : l’historique ne répond pas
health-free = Libre sur le disque
health-free-meaning = Sous 64 Mo plus rien n’est enregistré : les radiateurs gardent alors leurs relevés un jour.
health-free-do = Faites de la place sur le disque, ou déplacez le dossier de données vers un plus grand.
health-growth = Croissance
health-growth-value = environ { $size } par jour (moyenne de { $n } jours)
health-growth-young = inconnue encore : il faut d’abord trois jours d’historique compactés, ce qui se fait chaque heure
health-growth-influx = inconnue ici : InfluxDB garde l’historique
health-growth-meaning = La taille des jours gardés, divisée par leur nombre. Quand leur durée de garde est passée, il part autant qu’il arrive.
health-full = Plein dans
health-full-value = environ { $n ->
    [0] moins d’un jour
    [one] un jour
   *[other] { $n } jours
}
health-full-far = plus de dix ans
health-full-meaning = Si l’historique continue de croître ainsi et que rien d’autre ne remplit le disque.
health-full-do = Faites de la place sur le disque, ou gardez l’historique moins longtemps (store dans la configuration).
health-damaged = Morceaux abîmés
health-damaged-meaning = Morceaux d’historique illisibles, mis de côté. Ce qu’ils contenaient manque aux courbes et aux bilans.
health-damaged-do = Vérifiez le disque, et gardez le dossier history/quarantine pour l’assistance.

health-certificate-broker = Courtier de messages
health-certificate-broker-meaning = Ce que le courtier montre aux radiateurs et aux systèmes du bâtiment, pour qu’ils sachent à qui ils parlent.
health-certificate-broker-do = Mettez un certificat valable dans les fichiers que nomme la configuration ; il est lu en quelques secondes.
health-certificate-authority = L’autorité de la maison
health-certificate-authority-meaning = Signe les certificats des radiateurs. Ils ne font confiance qu’à elle.
health-certificate-authority-do = Remettez le dossier keys depuis une sauvegarde ; sinon chaque radiateur devra être inscrit à nouveau.
health-certificate-renews-itself = fait par la maison elle-même, renouvelé avant sa fin
health-certificate-broker-not-configured = pas configuré : les connexions ne sont pas chiffrées (tls_listen)
health-certificate-authority-not-configured = pas encore : elle est faite quand tls_listen est configuré
health-certificate-elsewhere = inconnu : le courtier tourne ailleurs
health-certificate-unreadable = son fichier ne peut être lu
health-devices = Radiateurs
health-devices-none = { $n ->
    [0] aucun : aucun radiateur n’en a
    [one] aucun qui soit valable ; celui d’un radiateur est échu
   *[other] aucun qui soit valable ; ceux de { $n } radiateurs sont échus
}
health-devices-value = { $n ->
    [one] un radiateur en a un
   *[other] { $n } radiateurs en ont un
}, le premier { $until }{ $over ->
    [0] {""}
    [one] {" "}; celui d’un radiateur est échu
   *[other] {" "}; ceux de { $over } radiateurs sont échus
}
health-devices-meaning = Un radiateur renouvelle le sien tout seul, un mois avant sa fin. Seul un appareil longtemps éteint le perd.
health-devices-do = Inscrivez à nouveau ces radiateurs : un code à usage unique se fait sur la page de chacun.
health-pages = Ces pages
health-pages-https = chiffrées (https) par le serveur mandataire placé devant elles, qui a le certificat
health-pages-here = pas chiffrées : accessibles de cette machine seulement
health-pages-exposed = pas chiffrées, et accessibles d’ailleurs
health-pages-meaning = Comment les navigateurs atteignent ces pages. Hors de cette machine, les mots de passe ont besoin de https.
health-pages-do = Placez un serveur mandataire avec certificat devant les pages et nommez-le par url sous [http].

health-backup = Dernière sauvegarde
health-backup-none = pas encore de sauvegarde
health-backup-value = { $moment } ({ $age })
health-backup-meaning = Tout le dossier de données : l’historique, le registre du bâtiment, les clés. Elle se fait pendant que le programme tourne, dans un nouveau dossier ; gardez-la sur une autre machine.
health-backup-do = Faites une sauvegarde, et laissez la machine en faire une chaque nuit.

health-refused-title = Ce qui a été refusé
health-refused-text = Depuis le démarrage. Le journal nomme de qui il s’agit.
health-refused-none = Rien n’a été refusé depuis le démarrage, pour ce que ce processus en sait.
health-refused-what = Quoi
health-refused-why = Pourquoi
health-refused-count = Combien de fois
health-what-broker-connections-refused = Connexions
health-what-broker-publishes-denied = Messages
health-what-broker-filters-denied = Abonnements
health-what-broker-retained-refused = Messages à garder
health-what-broker-enrolments-refused = Inscriptions de radiateurs
health-what-ingest-refused-messages = Relevés de radiateurs
health-what-ingest-refused-samples = Mesures de radiateurs
health-what-controller-refused-messages = Messages à la régulation
health-what-alarms-refused-messages = Messages aux alarmes
health-what-dashboards-connections-refused = Connexions à ces pages
health-reason-full = trop à la fois
health-reason-address = trop d’un même réseau
health-reason-crowded = trop qui ne s’étaient pas identifiés
health-reason-timeout = a mis trop de temps à s’identifier
health-reason-malformed = n’est pas du MQTT lisible
health-reason-oversized = trop grand
health-reason-protocol = version qui n’est pas parlée ici
health-reason-client-id = nom qui n’est pas admis
health-reason-credential = mot de passe ou certificat faux ou révoqué
health-reason-will = dernier message qui n’est pas admis
health-reason-unavailable = n’a pas pu être vérifié à ce moment
health-reason-tls = le chiffrement n’a pu être convenu
health-reason-topic = n’est pas une adresse du protocole
health-reason-role = pas permis à cet expéditeur
health-reason-filter = adresse qui ne s’écoute pas
health-reason-too-many = trop dans un seul message
health-reason-unknown-site = bâtiment inconnu
health-reason-unknown-heater = radiateur inconnu
health-reason-unknown-room = pièce inconnue
health-reason-too-long = trop long
health-reason-form = pas dans la forme du protocole
health-reason-version = autre version du protocole
health-reason-boot = nombre de démarrages impossible
health-reason-jump = numéro bien au-delà du précédent
health-reason-clock = heure qu’on ne peut connaître
health-reason-metric = n’est pas un genre de mesure
health-reason-value = n’est pas un nombre
health-reason-offset = heure trop loin de celle du relevé
health-reason-unregistered-metric = mesure que ce bâtiment n’a pas
health-reason-range = hors du possible
health-reason-time = dans le futur, ou à une heure inconnue
health-reason-ended = déjà terminé
health-reason-registry = le registre du bâtiment n’a pu être lu
health-reason-retained = ancien message gardé

diagnostics-title = Diagnostic pour l’assistance
diagnostics-text = Un seul fichier : version, configuration, compteurs, état, alarmes par genre et ce qu’on a fait en dernier au programme. Il ne contient ni mot de passe, ni clé, ni nom de personne ou de pièce, ni rien qui dise qui était où. C’est du texte : lisez-le avant de l’envoyer.
diagnostics-download = Télécharger le diagnostic

## Accueil : ce que cela calcule et coûte, et où va la chaleur

computing = { $jobs ->
    [one] { $jobs } tâche calculée
   *[other] { $jobs } tâches calculées
} sur { $cores ->
    [one] { $cores } cœur
   *[other] { $cores } cœurs
} : { $share } de la chaleur en vient.
computing-cores = Calcul sur { $cores ->
    [one] { $cores } cœur
   *[other] { $cores } cœurs
} : { $share } de la chaleur en vient.
computing-nothing = Rien n’est calculé en ce moment.
computing-unknown = Ce qui est calculé n’est pas connu en ce moment.
costs-now = L’électricité coûte { $now } par heure.
costs-today = L’électricité coûte { $now } par heure, { $today } aujourd’hui jusqu’ici.
costs-unknown = Le coût n’est pas connu en ce moment.
costs-no-price = Le coût n’est pas connu : aucun prix n’est saisi.
costs-set-price = Saisir un prix

flow-title = Où va la chaleur, maintenant
flow-grid = Réseau
flow-compute = Calcul
flow-resistor = Résistance
flow-rooms = Pièces
flow-water = Eau chaude
flow-water-none = pas encore configurée
flow-waste = Sans besoin
flow-words = { $grid } du réseau deviennent chaleur : { $compute } en calculant, { $resistor } dans la résistance. { $rooms } vont dans des pièces qui en veulent, { $waste } dans des pièces assez chaudes.
flow-unknown = Inconnu en ce moment : rien de récent n’a été entendu de la régulation.
costs-day = L’électricité coûte { $now } par heure, { $today } ces dernières 24 heures.

kiosk-link = Afficher sur un écran dans le hall
kiosk-computing = Ce que le bâtiment calcule
kiosk-cold = { $n ->
    [one] Une pièce est plus froide qu’elle ne devrait
   *[other] { $n } pièces sont plus froides qu’elles ne devraient
}
kiosk-as-of = à { $moment } ({ $age })
legend-below = { $to } et moins
legend-between = { $from } à { $to }
legend-above = { $from } et plus
legend-cold3 = beaucoup plus froid
legend-cold2 = plus froid
legend-cold1 = un peu plus froid
legend-even = comme voulu
legend-warm1 = un peu plus chaud
legend-warm2 = plus chaud
legend-warm3 = beaucoup plus chaud
legend-unknown = inconnu
