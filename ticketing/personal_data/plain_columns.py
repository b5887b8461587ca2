"""The columns without text, and why they identify nobody by themselves: numbers, times, counts, yes or no.

`inventory.INVENTORY` has every column that holds text, and those of these that say something of a person. A test fails
if a table gains a column that is in neither: a birth date in `account` belongs in the inventory, where the tests of
exporting and erasing find it. Pure values.
"""

from __future__ import annotations

ROW = "the number of a row here (an account, a ticket, an entry…), which means nothing once that row is forgotten"
WHEN = "when something was done, or is due, in Guichet: it says nothing of a person without the names beside it"
COUNT = "a count, a measure, a version, or the counter of a key"
FLAG = "a yes or no about an access, a text or a ticket"
THING = "a fact of a thing or of an agreement, not of a person"


def _by(**reasons: str) -> dict[str, str]:
    """Return column -> reason, from the names of the columns under each reason."""
    said = {"row": ROW, "when": WHEN, "count": COUNT, "flag": FLAG, "thing": THING}
    return {name: said[reason] for reason, names in reasons.items() for name in names.split()}


#: Table -> column -> why it identifies nobody by itself.
PLAIN: dict[str, dict[str, str]] = {
    "account": _by(
        row="id active_mandate_id",
        when="ends_on locked_at password_set_at password_next_try_at password_locked_at created_at pseudonymised_at "
        "password_lock_told_at",
        count="generation password_failures",
        flag="external",
    ),
    "attachment": _by(row="ticket_id event_id", when="at", count="size"),
    "campaign": _by(
        row="id opened_by",
        when="year term_on closes_on opened_at reminded_on told_term_on closed_at",
    ),
    "campaign_line": _by(row="campaign_id mandate_id account_id", flag="kept"),
    "campaign_place": _by(row="campaign_id answered_by", when="answered_at"),
    "cell_fill": _by(row="id filled_by", when="filled_at confirmed_at withdrawn_at", thing="version_on"),
    "charter_text": _by(row="id", when="published_at", count="version", flag="for_staff"),
    "correction": _by(row="id account_id", when="asked_at expires_at"),
    "decision": _by(row="id ticket_id", when="at"),
    "declaration": _by(row="id declared_by", when="effective_on declared_at handled_at"),
    "draft_approval": _by(row="id draft_id account_id", when="at"),
    "draft_change": _by(row="draft_id changed_by", when="changed_at"),
    "draft_comment": _by(row="id draft_id author_id", when="at"),
    "enrolment": _by(row="id key_id", when="created_at expires_at shown_at used_at"),
    "exam_period": _by(row="id", thing="first last"),
    "fact": _by(row="id ticket_id", count="amount seconds"),
    "fact_label": {},
    "fact_scope": _by(row="ticket_id"),
    "figure": _by(count="rank opened resolved open_end handed_on answered first_answer resolution"),
    "figure_run": _by(row="id event_id", when="running_until computed_at"),
    "form_token": _by(row="account_id ticket_id", when="used_at"),
    "golden_ticket": _by(row="id ticket_number attached_by", when="attached_at withdrawn_at", thing="on"),
    "index_request": _by(row="account_id after", count="asked"),
    "interruption": _by(
        row="id announced_by started_by ended_by",
        when="starts_at ends_at announced_at told_at started_at ended_at cancelled_at",
        count="notice_hours",
        flag="whole",
    ),
    "interruption_scope": _by(row="interruption_id"),
    "job_run": _by(when="tick started_at finished_at"),
    "journal_head": _by(row="id number base_number"),
    "journal_line": _by(row="number", when="at"),
    "legal_hold": _by(row="id ticket_number account_id set_by lifted_by", when="set_at lifted_at"),
    "letter": _by(row="id account_id", when="next_at claimed_until created_at sent_at", count="attempts"),
    "mandate": _by(row="id account_id", when="starts_on ends_on confirm_by lapses_on"),
    "matrix_draft": _by(
        row="id created_by",
        when="created_at submitted_at approved_at closed_at",
        count="version",
        flag="retroactive",
        thing="effect_on",
    ),
    "notice": _by(
        row="id ticket_id event_id recipient_id", when="next_at claimed_until created_at sent_at", count="attempts"
    ),
    "organisation_suspension": _by(row="id", when="suspended_at lifted_at"),
    "otp_key": _by(
        row="id account_id",
        when="reminded_on next_try_at locked_at cloned_at lock_told_at handed_over_on returned_on created_at",
        count="digits last_step drift sign_count failures",
        flag="hardware",
    ),
    "personal_link": _by(row="id account_id", when="created_at expires_at used_at"),
    "rate_count": _by(when="since", count="n"),
    "reading": _by(row="id account_id ticket_number", when="at"),
    "reading_grant": _by(row="id account_id mandate_id ticket_number", when="granted_at expires_at"),
    "recorded_fact": _by(row="id recorded_by", when="recorded_at withdrawn_at", thing="on"),
    "reset_request": _by(row="id", when="asked_at"),
    "retired_sigle": {},
    "signature": _by(row="id account_id", when="signed_at", count="version"),
    "stock_key": _by(row="id key_id", when="imported_at closed_at", count="digits counter"),
    "ticket": _by(
        row="number decision_id assignee_id opened_by",
        when="opened_at due_at updated_at held_since first_answer_at resolved_at closed_at pseudonymised_at",
        count="version hand_ons event_count file_bytes",
        flag="needs_info account_service confidential",
        thing="acquired_on inventoried in_referentiel experimentation under_warranty",
    ),
    "ticket_count": _by(count="n"),
    "ticket_event": _by(row="id ticket_id author_id", when="at masked_at"),
    "ticket_scope": _by(row="ticket_id assignee_id", count="state rank"),
    "told_once": _by(row="account_id", when="told_at"),
    "used_challenge": _by(when="used_at"),
    "web_session": _by(row="id account_id", when="created_at seen_at proved_at closed_at", count="generation"),
}
