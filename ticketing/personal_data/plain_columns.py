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
    "absence": _by(row="id account_id", when="starts_on ends_on offered_at", flag="offers"),
    "account": _by(
        row="id active_mandate_id",
        when="ends_on locked_at password_set_at password_next_try_at password_locked_at created_at pseudonymised_at "
        "password_lock_told_at",
        count="generation password_failures",
        flag="external",
    ),
    "article": _by(
        row="id source",
        when="review_on made_at changed_at published_at withdrawn_at",
        count="version useful useless",
    ),
    "article_opinion": _by(row="article_id account_id", when="at", flag="useful"),
    "article_scope": _by(row="article_id"),
    "article_version": _by(row="id article_id author_id", when="at", count="version"),
    "article_word": _by(row="article_id"),
    "attachment": _by(row="ticket_id event_id", when="at", count="size"),
    "canned_answer": _by(row="id account_id", when="at", flag="shared"),
    "campaign": _by(
        row="id opened_by",
        when="year term_on closes_on opened_at reminded_on told_term_on closed_at",
    ),
    "campaign_line": _by(row="campaign_id mandate_id account_id", flag="kept"),
    "campaign_place": _by(row="campaign_id answered_by", when="answered_at"),
    "cell_fill": _by(row="id filled_by", when="filled_at confirmed_at withdrawn_at", thing="version_on"),
    "charter_text": _by(row="id", when="published_at", count="version", flag="for_staff"),
    "contest": _by(row="id ticket_id event_id decision_id", when="made_at term_at asks_at settled_at", count="days"),
    "contest_voice": _by(row="contest_id event_id", when="at"),
    "committee_pack": _by(row="id", when="asked_at begun_at made_at", thing="meeting", flag="everything"),
    "correction": _by(row="id account_id", when="asked_at expires_at"),
    "decision": _by(row="id ticket_id", when="at"),
    "declaration": _by(row="id declared_by", when="effective_on declared_at handled_at"),
    "draft_approval": _by(row="id draft_id account_id", when="at"),
    "draft_change": _by(row="draft_id changed_by", when="changed_at"),
    "draft_comment": _by(row="id draft_id author_id", when="at"),
    "enrolment": _by(row="id key_id", when="created_at expires_at shown_at used_at"),
    "exam_period": _by(row="id", thing="first last"),
    "exchange_link": _by(
        row="id profile_id ticket_id",
        when="their_state_at gap_since asked_at heard_at point_at made_at moved_at",
        count="own_sequence their_sequence announced asked",
    ),
    "exchange_message": _by(
        row="id profile_id link_id ticket_id event_id",
        when="next_at claimed_until at done_at",
        count="sequence attempts resent",
    ),
    "exchange_profile": _by(
        row="id read_event next_event",
        when="made_at key_shown_at tried_at on_at noted_at heard_at reconciled_at",
        count="per_minute",
    ),
    "fact": _by(row="id ticket_id", count="amount seconds"),
    "fact_hours": _by(row="id", when="known_at"),
    "fact_label": {},
    "fact_month": _by(when="made_at", count="facts"),
    "fact_scope": _by(row="ticket_id"),
    "fact_sum": _by(
        row="id",
        count="opened answered answer resolved resolution routed direct passed wrong lost contested ruled "
        "upheld loops held elapsed reopened waiting asked_answers kept_answers asked_resolutions "
        "kept_resolutions opinions satisfied answer_0 answer_1 answer_2 answer_3 answer_4 answer_5 "
        "answer_6 answer_7 answer_8 answer_9 resolution_0 resolution_1 resolution_2 resolution_3 "
        "resolution_4 resolution_5 resolution_6 resolution_7 resolution_8 resolution_9",
        thing="urgency age",
    ),
    "figure": _by(count="rank opened resolved open_end handed_on answered first_answer resolution"),
    "figure_run": _by(row="id event_id", when="running_until computed_at folded_at"),
    "form_token": _by(row="account_id ticket_id", when="used_at"),
    "golden_ticket": _by(row="id ticket_number attached_by", when="attached_at withdrawn_at", thing="on"),
    "incoming_mail": _by(
        row="id twin_of ticket_id event_id account_id author_id",
        when="received_at next_at claimed_until done_at",
        count="size attempts",
        flag="whole cleared",
    ),
    "incoming_raw": _by(row="mail_id"),
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
    "learned_words": _by(row="id", when="made_at", count="tickets"),
    "legal_hold": _by(row="id ticket_number account_id set_by lifted_by", when="set_at lifted_at"),
    "mailbox": _by(when="tried_at fetched_at failing_since told_at well_since claimed_until", count="waiting failures"),
    "mail_entry": _by(row="mail_id ticket_id event_id account_id", when="at"),
    "mail_reference": _by(row="mail_id"),
    "letter": _by(
        row="id account_id", when="next_at claimed_until created_at sent_at first_tried_at", count="attempts lease"
    ),
    "mail_address": _by(when="failing_since last_at stopped_at complained_at told_at", count="failures"),
    "mail_choice": _by(row="account_id", when="changed_at digest_hour quiet_from quiet_until", flag="grouped"),
    "mandate": _by(row="id account_id", when="starts_on ends_on confirm_by lapses_on"),
    "matrix_draft": _by(
        row="id created_by",
        when="created_at submitted_at approved_at closed_at",
        count="version",
        flag="retroactive",
        thing="effect_on",
    ),
    "notice": _by(
        row="id ticket_id event_id recipient_id",
        when="next_at claimed_until created_at sent_at first_tried_at read_at",
        count="attempts lease",
    ),
    "notice_words": _by(row="event_id ticket_id"),
    "organisation_suspension": _by(row="id", when="suspended_at lifted_at"),
    "otp_key": _by(
        row="id account_id",
        when="reminded_on next_try_at locked_at cloned_at lock_told_at handed_over_on returned_on created_at",
        count="digits last_step drift sign_count failures",
        flag="hardware",
    ),
    "obligation_statement": _by(row="id said_by", when="said_at withdrawn_at", count="number", thing="on"),
    "party_promise": _by(row="id set_by", when="set_at", count="answer resolve", thing="since urgency"),
    "party_rule": _by(row="id set_by", when="set_at", count="remind close silent", flag="late", thing="since"),
    "party_hours": _by(row="id set_by", when="set_at", thing="since"),
    "personal_link": _by(row="id account_id", when="created_at expires_at used_at"),
    "rate_count": _by(when="since", count="n"),
    "reading": _by(row="id account_id ticket_number", when="at"),
    "reading_grant": _by(row="id account_id mandate_id ticket_number", when="granted_at expires_at"),
    "recorded_fact": _by(row="id recorded_by", when="recorded_at withdrawn_at", thing="on"),
    "reset_request": _by(row="id", when="asked_at"),
    "retired_sigle": {},
    "saved_view": _by(row="id account_id", when="at", flag="shared"),
    "signature": _by(row="id account_id", when="signed_at", count="version"),
    "stock_key": _by(row="id key_id", when="imported_at closed_at", count="digits counter"),
    "ticket": _by(
        row="number decision_id assignee_id opened_by parent_id",
        when="opened_at due_at text_due_at updated_at held_since wake_at nudge_at alert_at silent_at first_answer_at "
        "resolved_at closed_at pseudonymised_at",
        count="version hand_ons event_count file_bytes nudges",
        flag="needs_info account_service confidential",
        thing="acquired_on inventoried in_referentiel experimentation under_warranty impact urgency",
    ),
    "ticket_count": _by(count="n"),
    "ticket_event": _by(row="id ticket_id author_id", when="at masked_at"),
    "ticket_preset": _by(row="id author_id", when="starts_on next_on changed_at"),
    "ticket_scope": _by(row="ticket_id assignee_id", count="state rank"),
    "ticket_fact": _by(
        row="id ticket_id",
        count="opened answered answer resolved resolution routed direct passed wrong lost contested ruled "
        "upheld loops held elapsed reopened waiting asked_answers kept_answers asked_resolutions "
        "kept_resolutions opinions satisfied",
        thing="urgency age",
    ),
    "ticket_label": _by(row="ticket_id account_id", when="at"),
    "ticket_link": _by(row="ticket_id earlier_id", when="at"),
    "ticket_opinion": _by(row="ticket_id account_id", when="at", count="score"),
    "team": _by(row="id last_account", when="ruled_at"),
    "team_cover": _by(row="team_id"),
    "team_member": _by(row="team_id account_id"),
    "ticket_writing": _by(row="ticket_id account_id", when="at"),
    "ticket_seen": _by(row="ticket_id account_id event_id", when="at"),
    "ticket_unlike": _by(row="ticket_id", when="at"),
    "ticket_watcher": _by(row="ticket_id account_id through", when="at"),
    "told_once": _by(row="account_id", when="told_at"),
    "used_challenge": _by(when="used_at"),
    "web_session": _by(row="id account_id", when="created_at seen_at proved_at closed_at", count="generation"),
}
