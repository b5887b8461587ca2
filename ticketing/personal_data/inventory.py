"""The inventory of what each column may say of a person, on which erasing, exporting and the register rely.

Every column that holds text is here, and any other that says something of a person; the rest is in `plain_columns`,
each with its reason. A test fails if a table gains a column that is in neither. A second test plants a canary in each
column of a person and fails if the export leaves it out, or erasing leaves it there, without a reason (`KEPT`,
`left_out.COLUMNS_LEFT_OUT`). Pure values.

code: closed lists, ids, labels of agreements, hashes of texts · person: a name · sigle: a sigle · contact: an address,
a function, an employer · words: what somebody typed · file: a file or its name · secret: sealed or hashed, never shown
· journal: the chain of the journal, which has its own two limits.
"""

from __future__ import annotations

from dataclasses import dataclass

CODE, PERSON, SIGLE, CONTACT, WORDS, FILE, SECRET, JOURNAL = (
    "code",
    "person",
    "sigle",
    "contact",
    "words",
    "file",
    "secret",
    "journal",
)


def _all(kind: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


#: Table -> column -> what it may hold.
INVENTORY: dict[str, dict[str, str]] = {
    "account": _all(CODE, "organisation")
    | _all(SIGLE, "sigle")
    | _all(PERSON, "last_name first_name")
    | _all(CONTACT, "company email function")
    | _all(SECRET, "pin_hash password_hash identity_mark"),
    "article": _all(CODE, "side state audience services activities"),
    "article_opinion": {},
    "article_scope": _all(CODE, "key service"),
    "article_version": _all(WORDS, "title words"),
    "article_word": _all(WORDS, "token"),
    "attachment": _all(CODE, "uuid content_type path visibility side quarantine finding") | _all(FILE, "name sha256"),
    "absence": _all(CODE, "side"),
    "canned_answer": _all(CODE, "side step") | _all(WORDS, "title words"),
    "campaign": _all(CODE, "academie"),
    "campaign_line": _all(CODE, "etablissement role"),
    "campaign_place": _all(CODE, "etablissement"),
    "cell_fill": _all(CODE, "convention service activity change paper_page paper_line paper_column")
    | _all(PERSON, "filled_by_name confirmed_by_name withdrawn_by_name")
    | _all(WORDS, "withdrawn_reason"),
    "charter_text": _all(CODE, "kind markdown sha256 changes") | _all(SIGLE, "published_by"),
    "contest": _all(
        CODE,
        "academie convention service activity category clause from_organisation from_party from_name to_organisation "
        "to_party to_name state ruled_party grounds",
    ),
    "contest_voice": _all(CODE, "organisation party clause"),
    "committee_pack": _all(CODE, "convention academie period side state step digest content"),
    "correction": _all(CODE, "state")
    | _all(PERSON, "last_name first_name")
    | _all(CONTACT, "company email function")
    | _all(WORDS, "words")
    | _all(SECRET, "token_hash"),
    "decision": _all(CODE, "status party convention version") | _all(WORDS, "data"),
    "declaration": _all(CODE, "scope movement")
    | _all(CONTACT, "function")
    | _all(WORDS, "words")
    | _all(PERSON, "last_name first_name declared_by_name handled_by_name"),
    "draft_approval": _all(CODE, "party organisation organisation_name content reference")
    | _all(PERSON, "account_name"),
    "draft_change": _all(CODE, "service activity change") | _all(PERSON, "changed_by_name"),
    "draft_comment": _all(CODE, "service activity side side_name") | _all(PERSON, "author_name") | _all(WORDS, "text"),
    "enrolment": _all(SECRET, "token_hash"),
    "exam_period": _all(CODE, "academie name"),
    "exchange_link": _all(CODE, "their_number their_state drift"),
    "exchange_message": _all(CODE, "direction kind mark ticket_state state reason") | _all(SECRET, "payload"),
    "exchange_profile": _all(CODE, "academie organisation kind address writes_from form") | _all(SECRET, "secret"),
    "fact": _all(CODE, "kind month party etablissement service activity"),
    "fact_hours": _all(CODE, "organisation versions"),
    "fact_label": _all(CODE, "dimension value month label"),
    "fact_scope": _all(CODE, "scope"),
    "fact_month": _all(CODE, "month digest"),
    "fact_sum": _all(
        CODE,
        "scope grain day month party to_party etablissement service activity convention category status",
    ),
    "figure": _all(CODE, "scope dimension period value label"),
    "figure_run": _all(CODE, "sunday"),
    "form_token": _all(SECRET, "token"),
    "golden_ticket": _all(CODE, "convention facts expected_status expected_party side side_name")
    | _all(WORDS, "label")
    | _all(PERSON, "attached_by_name withdrawn_by_name"),
    "incoming_mail": _all(CODE, "box key message_id state kind place academies")
    | _all(WORDS, "subject reason")
    | _all(CONTACT, "claimed"),
    "incoming_raw": _all(WORDS, "content"),
    "index_request": {},
    "interruption": _all(CODE, "academie services places") | _all(WORDS, "title words"),
    "interruption_scope": _all(CODE, "scope"),
    "job_run": _all(CODE, "job error"),
    "journal_head": _all(JOURNAL, "hash base_hash key"),
    "journal_line": _all(JOURNAL, "event sigle zone subject details previous_hash hash"),
    "learned_words": _all(CODE, "data"),  # words that many tickets of several établissements hold, without names
    "legal_hold": _all(CODE, "academie") | _all(WORDS, "reason lift_reason"),
    "letter": _all(CODE, "kind message_id state last_error")
    | _all(PERSON, "recipient_name")
    | _all(CONTACT, "recipient_email")
    | _all(WORDS, "subject")
    | _all(SECRET, "body"),
    "mailbox": _all(CODE, "name kind error") | _all(SECRET, "token"),
    "mail_entry": _all(CODE, "box kind") | _all(SECRET, "message words subject") | _all(WORDS, "folded"),
    "mail_reference": _all(SECRET, "message"),
    "mail_address": _all(CONTACT, "address reason"),
    "mail_choice": _all(CODE, "kinds"),
    "mandate": _all(CODE, "role scope_id"),
    "matrix_draft": _all(CODE, "convention kind title state created_side approved_content")
    | _all(PERSON, "created_by_name submitted_by_name closed_by_name")
    | _all(WORDS, "closed_reason"),
    "notice": _all(CODE, "kind reader message_id thread_id state last_error way sent_as")
    | _all(PERSON, "recipient_name")
    | _all(CONTACT, "recipient_email")
    | _all(WORDS, "subject body"),
    "notice_words": _all(WORDS, "data"),
    "organisation_suspension": _all(CODE, "organisation")
    | _all(WORDS, "reason")
    | _all(SIGLE, "suspended_by lifted_by"),
    "obligation_statement": _all(CODE, "convention obligation occurrence body kind")
    | _all(PERSON, "said_by_name withdrawn_by_name")
    | _all(WORDS, "words"),
    "otp_key": _all(CODE, "serial kind algorithm state")
    | _all(SECRET, "seed credential_id public_key")
    | _all(WORDS, "label"),
    "party_promise": _all(CODE, "organisation convention service activity"),
    "party_rule": _all(CODE, "organisation"),
    "party_hours": _all(CODE, "organisation week territory zone closures"),
    "personal_link": _all(CODE, "purpose") | _all(SECRET, "token_hash"),
    "rate_count": _all(CODE, "bucket"),
    "reading": _all(CODE, "academie etablissement way reason") | _all(WORDS, "words"),
    "reading_grant": _all(CODE, "etablissement reason") | _all(WORDS, "words"),
    "recorded_fact": _all(CODE, "kind convention subject words") | _all(PERSON, "recorded_by_name withdrawn_by_name"),
    "reset_request": _all(CODE, "zone") | _all(SIGLE, "sigle"),
    "retired_sigle": _all(SECRET, "print"),
    "saved_view": _all(CODE, "side page") | _all(WORDS, "title filters"),
    "signature": _all(CODE, "kind sha256 zone organisation")
    | _all(SIGLE, "sigle")
    | _all(PERSON, "last_name first_name")
    | _all(CONTACT, "email company function"),
    "stock_key": _all(CODE, "serial kind algorithm academie batch state")
    | _all(SECRET, "seed seed_print")
    | _all(SIGLE, "imported_by"),
    "ticket": _all(
        CODE,
        "state academie etablissement etablissement_name etablissement_commune service service_label activity "
        "activity_label user_category user_category_label acquired_by convention holder_party holder_role "
        "holder_organisation holder_name handed_on_by contributors involved persons scope_keys hold_reason incident "
        "due_kind engagements parent_bond alerted",
    )
    | _all(WORDS, "title body tag asset room")
    | _all(PERSON, "on_behalf_of shared_with assignee_name opened_by_name"),
    "ticket_count": _all(CODE, "key kind value label"),
    "team": _all(CODE, "side name rule"),
    "team_cover": _all(CODE, "kind value"),
    "team_member": {},
    "ticket_event": _all(CODE, "kind visibility side side_name author_role")
    | _all(PERSON, "author_name")
    | _all(WORDS, "body mask_reason data"),
    "ticket_fact": _all(CODE, "day month party to_party etablissement service activity convention category status"),
    "ticket_label": _all(CODE, "side") | _all(WORDS, "word folded"),
    "ticket_link": {},
    "ticket_opinion": _all(WORDS, "words"),
    "ticket_preset": _all(CODE, "side service activity user_category rhythm")
    | _all(WORDS, "name title body asset tag room"),
    "ticket_scope": _all(CODE, "key etablissement service"),
    "ticket_seen": _all(CODE, "side"),
    "ticket_unlike": _all(CODE, "side"),
    "ticket_writing": _all(CODE, "side"),
    "ticket_watcher": {},
    "told_once": _all(CODE, "kind subject"),
    "used_challenge": _all(SECRET, "challenge_hash"),
    "web_session": _all(CODE, "zone") | _all(SECRET, "token_hash identity_token") | _all(CONTACT, "agent"),
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A column that holds the name of the person who did something, and the column of that account's id, if any."""

    table: str
    name: str
    id: str = ""


#: The columns with names of authors of acts on agreements: they are erased with the person's account.
SIGNED = (
    Signed("cell_fill", "filled_by_name", "filled_by"),
    Signed("cell_fill", "confirmed_by_name"),
    Signed("cell_fill", "withdrawn_by_name"),
    Signed("matrix_draft", "created_by_name", "created_by"),
    Signed("matrix_draft", "submitted_by_name"),
    Signed("matrix_draft", "closed_by_name"),
    Signed("draft_change", "changed_by_name", "changed_by"),
    Signed("draft_comment", "author_name", "author_id"),
    Signed("draft_approval", "account_name", "account_id"),
    Signed("golden_ticket", "attached_by_name", "attached_by"),
    Signed("golden_ticket", "withdrawn_by_name"),
    Signed("obligation_statement", "said_by_name", "said_by"),
    Signed("obligation_statement", "withdrawn_by_name"),
    Signed("recorded_fact", "recorded_by_name", "recorded_by"),
    Signed("recorded_fact", "withdrawn_by_name"),
)

_PUBLIC_ACT = "the reason of an act on an agreement, which its signatories may read as long as the agreement lasts"

#: (table, column) -> why its words outlive the account and the tickets of the person who typed them.
KEPT = {
    ("cell_fill", "withdrawn_reason"): _PUBLIC_ACT,
    ("matrix_draft", "closed_reason"): _PUBLIC_ACT,
    ("draft_comment", "text"): "what a party, not a person, said of a draft; the author's name goes",
    ("obligation_statement", "words"): "what a party, not a person, stated of its obligation; the author's name goes",
    ("article_version", "title"): "an article of a side, from which names are left out; it goes once long withdrawn",
    ("article_version", "words"): "what an article says, as its title; it goes with it",
    ("article_word", "token"): "the index of the words of articles, which goes with them",
    **{
        ("ticket_preset", name): "what a side, not a person, asks for again and again; it goes once withdrawn"
        for name in ("name", "title", "body", "asset", "tag", "room")
    },
    ("golden_ticket", "label"): "a title that the signatories gave; where it was a ticket's, it goes with the ticket",
    ("organisation_suspension", "reason"): "why an organisation was suspended, which is no person's",
    ("interruption", "title"): "an announcement to everybody",
    ("interruption", "words"): "an announcement to everybody",
}
