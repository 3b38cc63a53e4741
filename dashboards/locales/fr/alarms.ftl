# Les alarmes, pour ceux qui s’occupent d’un bâtiment.

bell = { $n ->
    [0] Aucune alarme
    [one] { $n } alarme
   *[other] { $n } alarmes
}
bell-label = Alarmes
figure-alarms = Alarmes ouvertes
figure-alarms-meaning = Alarmes qui attendent quelqu’un. Celles qu’une autre explique ne sont pas comptées.
figure-alarms-rest = { $n ->
    [0] aucune critique
    [one] une critique
   *[other] { $n } critiques
}
alarms-title = Alarmes
alarms-lead = { $n ->
    [0] Rien d’anormal, à ce que l’on sait.
    [one] Une alarme attend quelqu’un.
   *[other] { $n } alarmes attendent quelqu’un.
}
alarms-none = Aucune alarme ne correspond.
alarms-all-well = Rien d’anormal, à ce que l’on sait.
alarms-rules-link = Règles et messages
alarms-state = État
alarms-severity = Gravité
alarms-about = Concerne
alarms-text = Mots
alarms-filter = Afficher
alarms-any = toutes
alarms-standing-open = ouvertes
alarms-standing-unacknowledged = non acquittées
alarms-standing-acknowledged = acquittées
alarms-standing-returned = terminées, non acquittées
alarms-standing-shelved = mises de côté
alarms-standing-normal = terminées
alarms-standing-all = toutes
alarm-severity-critical = Critique
alarm-severity-high = Haute
alarm-severity-medium = Moyenne
alarm-severity-low = Basse
alarm-state-normal = terminée
alarm-state-unacknowledged = non acquittée
alarm-state-acknowledged = acquittée
alarm-state-returned = terminée, non acquittée
alarm-state-shelved-active = mise de côté
alarm-state-shelved-normal = mise de côté, terminée
alarm-shelved-until = mise de côté jusqu’à : { $until }
alarm-value = { $value } (limite { $limit })
alarm-times = { $n } fois
alarm-owner = { $owner } s’en occupe
alarm-hides = { $n ->
    [one] { $n } alarme en dessous
   *[other] { $n } alarmes en dessous
}
alarm-hides-heaters = { $n ->
    [one] { $n } radiateur en dessous
   *[other] { $n } radiateurs en dessous
}
alarm-beneath = Une autre alarme l’explique
alarm-do-title = Que faire
alarm-see = Voir sa page
alarm-acknowledge = Acquitter
alarm-shelve = Mettre de côté
alarm-shelve-for = Pendant
alarm-shelve-1 = 1 heure
alarm-shelve-8 = 8 heures
alarm-shelve-24 = 1 jour
alarm-shelve-168 = 1 semaine
alarm-shelve-text = Elle revient ensuite d’elle-même, si sa cause dure.
alarm-unshelve = Reprendre
alarm-assign = Confier
alarm-assign-to = À
alarm-comment = Commenter
alarm-comment-why = Pourquoi, ou ce qui a été constaté
alarm-history = Historique
alarm-history-value = à { $value }
alarm-forbidden = Vous pouvez voir cette alarme ; votre rôle ne permet pas d’y répondre.
alarm-done-acknowledge = Acquittée.
alarm-done-shelve = Mise de côté.
alarm-done-unshelve = Reprise.
alarm-done-assign = Confiée.
alarm-done-comment = Noté.
alarm-done-gone = Rien n’a changé : elle avait changé entre-temps, ou il n’y avait rien à changer.
alarm-done-kept = Elle avait changé entre-temps, rien d’autre n’a été fait. Ce que vous avez écrit est dans l’historique.
alarm-done-first = { $who } l’a acquittée avant vous, { $moment }.
alarm-done-first-kept = { $who } l’a acquittée avant vous, { $moment }. Ce que vous avez écrit est dans l’historique.
alarm-deed-raised = déclenchée
alarm-deed-returned = terminée
alarm-deed-acknowledged = acquittée
alarm-deed-shelved = mise de côté jusqu’à : { $text }
alarm-deed-unshelved = reprise
alarm-deed-assigned = confiée à { $text }
alarm-deed-assigned-nobody = confiée à personne
alarm-deed-commented = { $text }
alarm-deed-covered = une autre alarme l’explique
alarm-deed-uncovered = plus rien ne l’explique
alarm-deed-by = par { $who }
alarm-platform = Hypocaust lui-même
alarm-this-site = le bâtiment

alarm-rules-title = Règles des alarmes
alarm-rules-lead = À partir de quelle limite, et après combien de temps, il y a alarme. Une limite ou une durée vide est celle d’origine.
alarm-rules-site = Ce bâtiment
alarm-rules-platform = Hypocaust lui-même
alarm-rules-platform-text = Pour tous les bâtiments ; les administrateurs peuvent les changer.
alarm-rules-on = active
alarm-rules-limit = Limite, { $unit }
alarm-rules-delay = Après, s
alarm-rules-standard = À l’origine : { $setting }
alarm-rules-setting = { $limit }, après { $delay }
alarm-rules-setting-fact = après { $delay }
alarm-rules-now = { $rule } : { $setting }
alarm-rules-off = inactive
alarm-rules-save = Enregistrer
alarm-rules-done = Enregistré. Effectif en quelques secondes.
alarm-rules-refused-limit = { $rule } : rien n’a été enregistré. La limite est un nombre de { $least } à { $most } ; en dessous de { $least }, l’alarme ne finirait jamais.
alarm-rules-refused-above = { $rule } : rien n’a été enregistré. La limite est un nombre au-dessus de 0, d’au plus { $most }.
alarm-rules-refused-fact = { $rule } : rien n’a été enregistré. Cette règle n’a pas de limite : c’est le cas ou non.
alarm-rules-refused-delay = { $rule } : rien n’a été enregistré. La durée est un nombre entier de secondes, de 0 à { $most }.
alarm-rules-refused = Non enregistré : cette règle n’existe pas.
alarm-test-title = Messages
alarm-test-text = Les destinataires sont dans la configuration, sous [alarms].
alarm-test = Envoyer un message d’essai
alarm-test-asked = L’essai est en route : regardez de nouveau dans quelques secondes.
alarm-test-early = Un essai a été demandé il y a un instant.
alarm-test-last = Dernier essai, { $age }, par { $who } :
alarm-test-waiting = pas encore de réponse

alarm-rule-room-frost = Pièce proche du gel
alarm-rule-room-cold = Pièce occupée trop froide
alarm-rule-room-hot = Pièce trop chaude
alarm-rule-room-co2 = Air vicié
alarm-rule-room-falling = Pièce qui refroidit vite
alarm-rule-sensor-silent = Température inconnue
alarm-rule-heater-silent = Radiateur muet
alarm-rule-budget-disobeyed = Radiateur au-delà de son budget
alarm-rule-heater-tripped = Radiateur déclenché
alarm-rule-heater-derated = Radiateur près de sa limite
alarm-rule-heater-frost = Radiateur qui craint le gel
alarm-rule-heater-sensors = Capteurs du radiateur
alarm-rule-heater-records = Radiateur qui perd des mesures
alarm-rule-budget-refused = Budgets refusés
alarm-rule-heaters-silent = Beaucoup de radiateurs muets
alarm-rule-controller-silent = Contrôleur muet
alarm-rule-second-controller = Second contrôleur
alarm-rule-broker-silent = Broker muet
alarm-rule-ingest-lag = Historique en retard
alarm-rule-gap-declared = Mesures perdues
alarm-rule-messages-refused = Messages refusés
alarm-rule-disk-full = Disque presque plein
alarm-rule-history-stopped = Historique arrêté

alarm-what-room-frost = { $name } est proche du gel
alarm-what-room-cold = { $name } : trop froid pour qui s’y trouve
alarm-what-room-hot = { $name } : trop chaud
alarm-what-room-co2 = { $name } : l’air est vicié
alarm-what-room-falling = { $name } refroidit plus vite que ses murs ne l’expliquent
alarm-what-sensor-silent = La température de { $name } n’est pas connue
alarm-what-heater-silent = { $name } ne dit plus rien
alarm-what-budget-disobeyed = { $name } prend plus que ce qui lui est permis
alarm-what-heater-tripped = { $name } s’est coupé
alarm-what-heater-derated = { $name } est près de sa limite de température
alarm-what-heater-frost = { $name } craint le gel
alarm-what-heater-sensors = { $name } ne peut se fier à ses capteurs
alarm-what-heater-records = { $name } perd des mesures
alarm-what-budget-refused = { $name } a reçu des budgets qu’aucune maison saine n’envoie
alarm-what-heaters-silent = { $name } : beaucoup de radiateurs sont muets à la fois
alarm-what-controller-silent = { $name } : le contrôleur ne dit plus rien
alarm-what-second-controller = { $name } : deux contrôleurs commandent à la fois
alarm-what-broker-silent = Le broker ne répond pas
alarm-what-ingest-lag = Des mesures attendent plus longtemps qu’elles ne devraient
alarm-what-gap-declared = Des radiateurs ont perdu des mesures
alarm-what-messages-refused = Beaucoup de messages ont été refusés
alarm-what-disk-full = Le disque de l’historique est presque plein
alarm-what-history-stopped = L’historique ne peut plus être écrit

alarm-do-room-frost = Allez-y maintenant : fermer la fenêtre, voir si le radiateur marche, protéger les conduites d’eau.
alarm-do-room-cold = Regardez la page de la pièce : elle dit pourquoi elle ne reçoit pas plus de chaleur. Fenêtre ouverte, radiateur coupé ?
alarm-do-room-hot = Cherchez une autre source de chaleur, et si le radiateur obéit.
alarm-do-room-co2 = Quelqu’un devrait ouvrir une fenêtre quelques minutes, ou voir la ventilation.
alarm-do-room-falling = Regardez si une fenêtre ou une porte est restée ouverte.
alarm-do-sensor-silent = Voyez le capteur : son câble ou sa pile. D’ici là, la pièce est chauffée à petite puissance fixe.
alarm-do-heater-silent = Voyez s’il a du courant et du réseau. Il chauffe de lui-même, à sa température réduite.
alarm-do-budget-disobeyed = Coupez-le à sa prise ou au disjoncteur et faites-le examiner : sa propre protection a failli.
alarm-do-heater-tripped = Trouvez la cause avant de le réarmer : air bouché, ventilateur, capteur.
alarm-do-heater-derated = Dégagez ses entrées et sorties d’air, regardez son ventilateur.
alarm-do-heater-frost = Allez-y : la pièce est bien trop froide pour lui.
alarm-do-heater-sensors = Faites remplacer le capteur ; la page du radiateur dit lequel.
alarm-do-heater-records = Voyez son disque et son réseau : ce qu’il a mesuré se perd.
alarm-do-budget-refused = Cherchez qui d’autre envoie des budgets, ou si son horloge ou sa clé est fausse.
alarm-do-heaters-silent = Voyez d’abord le réseau du bâtiment : commutateur, borne, routeur, courant.
alarm-do-controller-silent = Lisez le journal du contrôleur et relancez-le. D’ici là, les radiateurs chauffent d’eux-mêmes.
alarm-do-second-controller = Arrêtez l’un des deux : une copie du dossier de données travaille ailleurs.
alarm-do-broker-silent = Lisez le journal du broker, ou voyez la machine qui le porte.
alarm-do-ingest-lag = Voyez le disque de l’historique et la charge de la machine. Les radiateurs gardent leurs mesures entre-temps.
alarm-do-gap-declared = Voyez quels radiateurs sont restés hors d’atteinte plus longtemps que leur mémoire ne tient.
alarm-do-messages-refused = Les chiffres disent pour quelle raison, le journal de qui : un appareil en panne, ou quelqu’un qui essaie.
alarm-do-disk-full = Faites de la place sur le disque, ou gardez l’historique moins longtemps.
alarm-do-history-stopped = Faites de la place ou changez le disque. D’ici là, rien n’est gardé ; les radiateurs retiennent leurs mesures un jour.
