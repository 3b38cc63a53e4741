# Rapports.

nav-report = Rapport
report-title = Rapport
report-title-room = Rapport : { $name }
report-span = du { $from } au { $to }
report-so-far = jusqu’ici
report-compared-with = comparé à la période du { $from } au { $to }
report-period = Période
report-period-day = Jour
report-period-week = Semaine
report-period-month = Mois
report-period-year = Année
report-period-own = Dates au choix
report-date = Un jour compris dedans
report-from = Premier jour
report-to = Dernier jour
report-compare = Comparer à
report-compare-before = la période d’avant
report-compare-year = la même, un an plus tôt
report-subject = De
report-whole = tout le bâtiment
report-show = Afficher
report-before = Précédent
report-after = Suivant
report-error-choice = Cette période n’est pas connue. Choisissez un jour, une semaine, un mois, une année ou des dates.
report-error-date = Ce n’est pas une date. Des dates au choix demandent un premier et un dernier jour.
report-error-reversed = Le premier jour vient après le dernier.
report-error-long = C’est plus de deux ans, le plus long qu’un rapport regarde en arrière.
report-error-future = C’est dans l’avenir, dont il n’y a pas de rapport.
report-error-large = Le bâtiment est trop grand pour un temps si long. Choisissez un temps plus court, ou une seule pièce.
report-files = Ce rapport en fichier :
report-print = Pour l’imprimer, imprimez cette page : toutes les explications y sont alors dépliées.

report-group-energy = Énergie
report-group-work = Ce que l’électricité a fait
report-group-peak = Puissance la plus haute
report-group-comfort = Confort
report-group-law = Moyennes de la loi
report-group-tenants = Locataires
report-col-figure = Chiffre
report-col-value = Valeur
report-col-compared = Alors
report-col-change = Écart
report-col-coverage = Enregistré
report-how = Comment c’est calculé
report-from-series = D’après : { $series }. Part enregistrée : { $coverage }.
report-from-series-none = D’après : { $series }. Il n’y avait rien à enregistrer.
report-then-partly = { $value } pour { $coverage } enregistrés
report-points = { $n } points

report-figure-energy = Électricité consommée
report-figure-degree-days = Degrés-jours
report-figure-corrected-energy = Électricité par l’autre météo
report-figure-cost = Coût
report-figure-carbon = Carbone
report-figure-heat = Chaleur donnée aux pièces
report-figure-useful-compute = Calcul utile
report-figure-core-hours = Heures de cœur
report-figure-idle-burn = Consommé à vide
report-figure-resistor = Par la résistance
report-figure-waste = Chaleur gaspillée
report-figure-peak = Dix minutes les plus hautes
report-figure-peak-of-cap = Part du plafond
report-figure-in-band = Temps occupé dans la plage
report-figure-cold = Froid ressenti
report-figure-heated-mean = Moyenne en chauffe
report-figure-above-19 = Heures chauffées au-dessus de 19 °C
report-figure-empty-above-16 = Vide un jour, chauffé à plus de 16 °C
report-figure-empty-above-8 = Vide deux jours, chauffé à plus de 8 °C
report-figure-refund = Remboursé aux locataires

report-how-energy = Somme de tous les radiateurs. Le compteur de chacun est compté de lecture en lecture, par-dessus les silences et les redémarrages du compteur ; là où il ne dit rien, puissance moyenne fois la durée. Une hausse au-delà de 1,1 fois la puissance nominale n’est pas comptée.
report-how-degree-days = Méthode du COSTIC, base 18 °C. De chaque jour, la plus basse et la plus haute moyenne horaire dehors, Tn et Tx. Tx d’au plus 18 : 18 − (Tn + Tx) / 2. Tn d’au moins 18 : rien. Sinon (18 − Tn) · (0,08 + 0,42 · (18 − Tn) / (Tx − Tn)). Dehors tel que le service météo l’a dit. Un jour dont moins de 18 heures sont connues est laissé de côté.
report-how-corrected-energy = Électricité consommée, fois les degrés-jours de la période comparée, divisée par ceux de celle-ci : ce qui aurait été consommé par cette météo-là. À côté, ce qui l’a vraiment été alors.
report-how-cost = L’électricité de chaque heure fois son prix : celui qui était annoncé pour l’heure, sinon le prix déclaré pour ce bâtiment.
report-how-carbon = L’électricité de chaque heure fois ce qu’émettait un kilowattheure : le facteur annoncé pour l’heure, sinon celui qui est déclaré pour ce bâtiment. Seulement ce qu’émet l’électricité, en grammes d’équivalent CO₂.
report-how-heat = Toute l’électricité que prend un radiateur devient chaleur là où il est. Ceux qui ne sont dans aucune pièce sont laissés de côté ; chacun compte pour la pièce où il est aujourd’hui.
report-how-useful-compute = Pris par les processeurs dans les heures où des cœurs travaillaient : l’électricité moins ce qui passait par la résistance. Ce que les processeurs prennent au repos dans une telle heure n’est pas mis à part.
report-how-core-hours = Cœurs au travail fois heures.
report-how-idle-burn = Pris par les processeurs dans les heures où moins de 0,05 cœur travaillait : une chaleur avec laquelle personne n’a calculé.
report-how-resistor = Électricité fois la part de la résistance dans la puissance moyenne de chaque heure.
report-how-waste = Consommé dans les heures où la moyenne de la pièce dépassait sa borne haute. Que quelqu’un y soit ou non ne change rien.
report-how-peak = La plus haute moyenne sur dix minutes de tous les radiateurs ensemble. Elle est cherchée dans les 168 heures où l’on a le plus consommé.
report-how-peak-of-cap = Les dix minutes les plus hautes, divisées par le plafond en vigueur à cette heure ; si aucun n’a été noté, par celui du bâtiment tel qu’il est écrit aujourd’hui.
report-how-in-band = Du temps où quelqu’un était là, d’après les capteurs : la part où la moyenne de l’heure n’était pas à plus de 0,5 degré sous la consigne ni à plus de 0,5 au-dessus de la borne haute. La consigne est le planning tel qu’il était écrit alors, et les dérogations telles qu’elles étaient ; elles sont gardées 90 jours.
report-how-cold = Degrés sous la consigne fois heures où quelqu’un était là. Des heures plus chaudes ne compensent rien.
report-how-heated-mean = Moyenne des pièces que la loi borne, dans les heures où l’un de leurs radiateurs a pris plus de 20 W. Les pièces comptent autant l’une que l’autre : leurs volumes ne sont pas connus. France : Code de l’énergie, R241-26 et R241-27.
report-how-above-19 = Des heures chauffées, celles où la moyenne des pièces d’un logement, ou de toutes les autres pièces ensemble, dépassait 19 °C (R241-26).
report-how-empty-above-16 = Des heures où personne n’avait été vu dans les locaux depuis 24 heures, celles où ils étaient chauffés et au-dessus de 16 °C (R241-27). Compté à partir du début de la période.
report-how-empty-above-8 = De même après 48 heures, pour 8 °C (R241-27).
report-how-refund = Électricité des radiateurs qui sont dans des pièces, fois ce qui est rendu aux locataires par kilowattheure. La part de chaque pièce est dans le tableau des pièces.

report-unknown-not-configured = non configuré
report-unknown-not-recorded = non enregistré
report-unknown-nothing-to-judge = rien à juger
report-unknown-no-rules = aucune règle légale ne vaut ici
report-unknown-too-mild = trop doux pour comparer

report-remark-hours = { $energy } d’après ce qui était annoncé pour l’heure.
report-remark-declared = { $energy } d’après { $rate } déclarés ; source : { $source }.
report-remark-meters = { $resets ->
    [0] {""}
    [one] Un compteur est reparti de zéro.
   *[other] Des compteurs sont repartis de zéro { $resets } fois.
}{ $jumps ->
    [0] {""}
    [one] {" "}Une hausse était trop forte pour être comptée.
   *[other] {" "}{ $jumps } hausses étaient trop fortes pour être comptées.
}
report-remark-at = Début : { $moment }.
report-remark-schedule = { $rooms ->
    [one] Une pièce sur { $of } est jugée d’après son planning, comme si quelqu’un y était chaque fois qu’il demande sa consigne la plus haute : personne n’y a été enregistré, ou vous ne pouvez pas voir qui l’était.
   *[other] { $rooms } pièces sur { $of } sont jugées d’après leur planning, comme si quelqu’un y était chaque fois qu’il demande sa consigne la plus haute : personne n’y a été enregistré, ou vous ne pouvez pas voir qui l’était.
}
report-remark-whole-hours = { $hours ->
    [one] D’une heure sur les { $of } où elle est cherchée, seule la moyenne de l’heure entière est conservée, car les mesures une à une ne sont pas gardées si longtemps : les dix minutes les plus hautes ont pu l’être davantage.
   *[other] De { $hours } heures sur les { $of } où elle est cherchée, seule la moyenne de l’heure entière est conservée, car les mesures une à une ne sont pas gardées si longtemps : les dix minutes les plus hautes ont pu l’être davantage.
}
report-remark-over = Sur { $hours } heures de pièces.

report-map-title = Électricité par heure du jour
report-map-days = kWh de chaque heure. Le jour où l’on recule les horloges, une case tient deux heures.
report-map-months = kWh de chaque heure, moyenne des jours de chaque mois.
report-map-none = Rien n’a été enregistré dans ce temps.
report-map-day = Jour
report-map-month = Mois
report-rooms-title = Pièces
report-rooms-more = Les { $n } pièces qui ont le plus consommé. Toutes sont dans les fichiers.
report-rooms-mean = Moyenne
report-rooms-energy = Électricité
report-rooms-refund = Remboursé

report-rates-title = Ce que compte l’énergie
report-rates-text = Le prix et le carbone que le service de météo et de prix annonce pour une heure viennent d’abord. Ce qui est déclaré ici vaut là où rien n’a été annoncé. Un champ vide veut dire : non configuré. Un prix sur la plus forte puissance du mois fait que la régulation tient cette pointe basse là où cela coûte peu de confort.
report-rates-price = Prix, € par kWh
report-rates-carbon = Carbone, g d’équivalent CO₂ par kWh
report-rates-refund = Remboursé aux locataires, € par kWh
report-rates-peak = Plus forte puissance du mois, € par kW
report-rates-source = Source
report-rates-save = Enregistrer
report-rates-done = C’est enregistré. Les rapports comptent avec dès maintenant, aussi pour le passé.
report-rates-refused-number = { $rate } : rien n’a été enregistré. Écrivez un nombre de 0 à { $most }, par exemple 0,1952, ou laissez le champ vide.
report-rates-refused-source = { $rate } : rien n’a été enregistré. Un nombre demande sa source, en 1 à 64 caractères : le contrat ou la publication qui le dit.
report-rates-none = rien n’est déclaré
