# Premiers pas : son propre bâtiment, étape par étape.

steps-title = Premiers pas
steps-lead = Votre propre bâtiment : son nom, ses pièces, ses radiateurs, et un essai qui montre qu’ils chauffent. Vous pouvez partir à tout moment et revenir.
steps-own = Commencer votre propre bâtiment
steps-begun = Continuer avec
steps-new = Un nouveau bâtiment
steps-name = Nom
steps-zone = Fuseau horaire
steps-cap-w = Puissance maximale de tous les radiateurs ensemble
steps-cap-advice = Laissez vide si seule la puissance nominale de chaque radiateur la limite.
steps-begin = Commencer
steps-save = Enregistrer
steps-add = Ajouter
steps-change = Modifier
steps-remove = Retirer
steps-cancel = Laisser tel quel
steps-overview = Où en est le bâtiment
steps-next = La suite
steps-all-done = Toutes les étapes sont faites. Le bâtiment chauffe.
steps-done = C’est enregistré.
steps-site = Le bâtiment
steps-site-state = nommé
steps-rooms = Pièces
steps-rooms-state = { $n ->
    [0] aucune pour l’instant
    [one] une pièce
   *[other] { $n } pièces
}
steps-heaters = Radiateurs
steps-heaters-state = { $all ->
    [0] aucun pour l’instant
   *[other] { $n } sur { $all } répondent
}
steps-test = Essai de chauffe
steps-test-state = { $all ->
    [0] pas encore
   *[other] { $n } sur { $all } essayés
}
steps-room-add = Ajouter une pièce
steps-room-change = Modifier une pièce
steps-room-week = Les heures de sa semaine ont leur propre page.
steps-room-heaters = { $n ->
    [0] aucun radiateur
    [one] un radiateur
   *[other] { $n } radiateurs
}
steps-floor = Étage
steps-low-c = Consigne la plus basse que l’on peut choisir
steps-high-c = Consigne la plus haute que l’on peut choisir
steps-setback-c = Quand il n’y a personne, pas en dessous de
steps-comfort-c = Aux heures de confort
steps-otherwise-c = Le reste du temps
steps-from = Confort de
steps-until = jusqu’à
steps-days = Jours
steps-days-week = du lundi au vendredi
steps-days-all = tous les jours
steps-heater-add = Ajouter un radiateur
steps-heater-change = Modifier un radiateur
steps-room = Pièce
steps-rated-w = Puissance nominale
steps-resistor-w = Dont la résistance
steps-fallback-w = Puissance en autonomie
steps-fallback-advice = Ce qu’il peut prendre quand la régulation est injoignable. Toutes ensemble doivent tenir sous la limite du bâtiment.
steps-claim = Associer et essayer
steps-tested = essayé
steps-is-there = Le radiateur est là : il répond.
steps-is-not-there = Il n’a encore rien dit. Cette page regarde de nouveau d’elle-même.
steps-then-run = Ensuite, sur le même appareil, dans le même dossier :
steps-simulated = Ce radiateur est simulé et n’a pas besoin de code.
steps-refused-name = { $field } : écrivez 1 à 64 lettres. Rien n’a été changé.
steps-refused-celsius = { $field } : écrivez une température de 5 à 30 °C. Rien n’a été changé.
steps-refused-watts = { $field } : écrivez un nombre entier de watts. Rien n’a été changé.
steps-refused-time = { $field } : écrivez une heure comme 07:30. Rien n’a été changé.
steps-refused-zone = { $field } : écrivez un fuseau comme Europe/Paris. Rien n’a été changé.
steps-refused-band = La consigne la plus basse dépasse la plus haute. Rien n’a été changé.
steps-refused-hours = Le confort finit avant de commencer. Une nuit s’écrit sur la page du planning. Rien n’a été changé.
steps-refused-heated = Des radiateurs sont dans cette pièce. Donnez-leur d’abord une autre pièce. Rien n’a été changé.
steps-refused-gone = Cela n’existe plus : quelqu’un l’a retiré. Rien n’a été changé.
steps-refused-rated = Écrivez la puissance nominale du radiateur. Rien n’a été changé.
steps-refused-parts = La résistance, ou la puissance en autonomie, dépasse la puissance nominale. Rien n’a été changé.
steps-refused-twice = Il y a déjà un bâtiment nommé { $name }. Continuez avec lui, ou choisissez un autre nom.
steps-stale = Le bâtiment a changé entre-temps. Ce formulaire n’a rien changé ; regardez, puis appuyez de nouveau pour garder ce que vous avez écrit.

test-title = Essai de chauffe de deux minutes
test-text = Pendant deux minutes, la pièce demande deux degrés de plus qu’elle n’a. La régulation donne au radiateur de la puissance comme tous les jours, dans toutes les limites : l’essai montre donc aussi quand une limite n’en laisse pas.
test-begin = Commencer l’essai
test-running = L’essai est en cours. Puissance actuelle : { $drawn }.
test-power-unknown = inconnue
test-nothing = Pendant ces deux minutes, il n’a annoncé aucune puissance. Est-il branché, et mesure-t-il sa puissance ?
test-rose = Sa puissance est passée de { $before } à { $most }, en moins de { $within }.
test-stayed = Sa puissance n’a pas augmenté : { $before } avant, { $most } au plus pendant ces deux minutes. Un autre radiateur de la pièce a pu faire la chaleur, il prenait peut-être déjà sa puissance, ou une limite ne lui en a pas laissé.
test-hindered-unplaced = Il n’est dans aucune pièce : la régulation ne lui donne pas de puissance. Donnez-lui d’abord une pièce.
test-hindered-silent = Il ne répond pas. Associez-le d’abord.
test-hindered-reports-only = Il ne fait que mesurer : sa puissance ne se règle pas d’ici, il n’y a rien à essayer.
test-hindered-off = Il s’est arrêté, ou quelqu’un l’a arrêté sur place. Rien ne le remet en marche d’ici.
test-hindered-overridden = Quelqu’un a réglé la température de sa pièce. L’essai y mettrait fin : attendez, ou mettez-y fin sur la page de la pièce.
