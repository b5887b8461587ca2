"""What is in no file of a person's data, table by table and column by column, and why. Pure values."""

from __future__ import annotations

#: Tables that may hold data of a person and are in no file -> why.
LEFT_OUT = {
    "article_word": "l’index des mots d’un article, qui sont dans le fichier",
    "decision": "qui a décidé : c’est l’auteur de l’entrée du ticket, qui y est",
    "incoming_raw": "les octets d’un courriel : la personne l’a écrit, et ses mots sont dans le ticket",
}

#: Columns of people that are in no file: (table, column) -> why.
COLUMNS_LEFT_OUT = {
    ("decision", "data"): "the whole table is left out: see above",
    ("incoming_raw", "content"): "the mail as it came, which its author has; its words are in the ticket",
    ("article_word", "token"): "the whole table is left out: see above",
    ("ticket_label", "folded"): "the word beside it, without its accents",
    ("attachment", "sha256"): "a print of the file, whose name and size are in the file",
    ("ticket", "shared_with"): "the tickets shared with the person are found by `ticket_scope`, and are in the file",
    ("ticket_event", "data"): "codes of the agreements, and names of other people",
    ("ticket_event", "mask_reason"): "the reason of the administrator who masked the entry",
    ("legal_hold", "lift_reason"): "why a hold was lifted is for those who decide of it",
    ("declaration", "handled_by_name"): "that the person handled a movement is in the journal under the person's sigle",
    ("cell_fill", "withdrawn_reason"): "the act is in the file; its reason is on the page of the agreement",
    ("matrix_draft", "closed_reason"): "the act is in the file; its reason is on the page of the draft",
    ("golden_ticket", "label"): "the act is in the file; its title is on the page of the agreement",
    ("organisation_suspension", "reason"): "the act is in the file; its reason is on the page of the suspensions",
}
