"""The titles of annexe 2's sections, in sentence case."""

SECTIONS = {
    "infrastructure": "Infrastructure matérielle et équipements",
    "structurants": "Services structurants",
    "utilisateurs-administratif": "Services rendus aux utilisateurs, administratif",
    "utilisateurs-pedagogique": "Services rendus aux utilisateurs, pédagogique",
    "continuite-qualite": "Services de continuité et de qualité",
    "metier-enseignement": "Services métier, enseignement",
    "metier-vie-scolaire": "Services métier, vie scolaire",
    "metier-gestion-administrative": "Services métier, gestion administrative",
    "hors-annexe-2": "Services nommés par les articles",
}
