# La page de la personne d’une pièce : des mots simples.

feeling-fine = Vous êtes bien
feeling-cool = Un peu frais
feeling-cold = Il fait froid
feeling-warm = Plutôt chaud
feeling-unknown = Pas de mesure en ce moment
tenant-asked = demandés
tenant-band = de { $low } à { $high }
tenant-schedule = suit votre semaine
tenant-setback = baissé, personne n’a été remarqué
tenant-until = votre souhait, jusqu’à { $until }
tenant-set-by-manager = fixé par votre bâtiment jusqu’à { $until }
tenant-held = Votre bâtiment a fixé cette température jusqu’à { $until }. Vous pourrez la changer ensuite.
tenant-for = Pendant combien de temps
tenant-end-at = jusqu’à { $moment }
tenant-end-hours = { $n ->
    [one] 1 heure
   *[other] { $n } heures
}
tenant-back = Revenir à ma semaine
tenant-done-wish = C’est noté. Votre radiateur suit dans la minute.
tenant-done-end = Votre pièce suit de nouveau votre semaine.
tenant-humidity = humidité { $value }
tenant-why-below = Votre radiateur réchauffe la pièce jusqu’à ce qui est demandé.
tenant-why-preheating = Votre radiateur commence en avance pour que la pièce soit chaude à temps.
tenant-why-at = Votre radiateur garde la pièce comme elle est.
tenant-why-above = La pièce est plus chaude que demandé, votre radiateur se repose.
tenant-why-cap = Plusieurs pièces partagent leur puissance en ce moment : votre radiateur est plus lent que d’habitude.
tenant-why-blind = Votre radiateur n’est pas joignable en ce moment. Il garde la pièce hors de danger tout seul.
tenant-why-unknown = La température de votre pièce n’est pas connue en ce moment. Votre radiateur la garde hors de danger tout seul.
tenant-why-off = Votre radiateur est arrêté : il se protège, ou quelqu’un l’a éteint.
tenant-why-none = La chaleur de cette pièce ne se règle pas d’ici.
tenant-why-not-heard = On ne sait encore rien de cette pièce.
tenant-plan = Ensuite :
tenant-plan-warm = Assez chaud à { $clock }.
tenant-plan-until = Chaud jusqu’à { $until }.
tenant-plan-until-again = Chaud jusqu’à { $until }, et de nouveau à { $again }.
tenant-export = Emporter ce qui a été relevé ici depuis votre arrivée (CSV)
tenant-privacy = Cette page montre votre pièce et aucune autre. Qui a son adresse peut l’ouvrir : gardez-la pour vous.
air-good = Air bon
air-good-advice = Rien à faire.
air-stale = L’air se charge
air-stale-advice = Ouvrez grand une fenêtre cinq minutes.
air-bad = Air vicié
air-bad-advice = Ouvrez grand une fenêtre maintenant, cinq à dix minutes.
air-humid = Air humide
air-humid-advice = Ouvrez grand une fenêtre cinq minutes, et après la cuisine ou la douche.
air-dry = Air sec
air-dry-advice = Fréquent en hiver. Un bol d’eau ou une plante aide.
air-unknown = Air non mesuré
air-unknown-advice = Pas de mesure de l’air en ce moment.
