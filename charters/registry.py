"""The use cases of access, each in one commit. The one door of this room: pages, commands and jobs come in by it.

people: accounts, mandates, suspension · declarations: movements of staff · keys: hand over, enrol, unlock, take back ·
stock: suppliers' files, hardware keys · resync, renewal, passwords, fido: other ways with a key, a PIN, a password ·
confirming: proved again · returns: keys to get back · charters: publish, sign · entry: log in, sessions.
Bad input raises `Invalid({field: French sentence})`, what cannot be done `Refused(sentence)`.
"""

from charters.entry.fido import (
    authentication_options,
    create_security_key,
    forget_challenges,
    log_in_with_key,
    register,
    registration_options,
)
from charters.entry.passwords import (
    change_password,
    log_in_with_password,
    password_link,
    set_password,
    unlock_password,
)
from charters.entry.reauthentication import confirm, fresh, way_of
from charters.entry.renewal import answer_resets, ask_reset, change_pin, forget_old, pin_link, prove, renew_pin
from charters.entry.resync import resynchronise, resynchronise_for
from charters.entry.sessions import (
    Entered,
    Login,
    SessionView,
    actor_of,
    choose_mandate,
    close_session,
    close_sessions,
    log_in,
    log_out,
    login_of,
    open_session,
    sessions_of,
    touch,
)
from charters.errors import Invalid, Refused, Unknown
from charters.keys.keys import (
    Activation,
    activation,
    create_key,
    current_code,
    enrol,
    enrol_directly,
    new_link,
    return_key,
    revoke_key,
    show_seed,
    unlock_key,
)
from charters.keys.returns import KeyToReturn, keys_to_return, remind
from charters.keys.stock import discard, hand_over, import_file, in_stock
from charters.people.accounts import (
    AccountForm,
    account_id,
    add_mandate,
    create_account,
    end_account,
    end_mandate,
    expire,
    is_suspended,
    keys_held,
    restore_organisation,
    resume_account,
    suspend_organisation,
)
from charters.people.declarations import (
    DeclarationForm,
    DeclarationView,
    Movement,
    declarations,
    declarations_to_handle,
    declare,
    handle,
    may_declare,
    waiting,
)
from charters.signing.signing import (
    CharterView,
    charter,
    publish_charter,
    publish_shipped_charters,
    sign_charter,
    signatures_of,
)

__all__ = [
    "AccountForm", "Activation", "CharterView", "DeclarationForm", "DeclarationView", "Entered", "Invalid",
    "KeyToReturn", "Login", "Movement", "Refused", "SessionView", "Unknown", "account_id", "activation", "actor_of",
    "add_mandate", "answer_resets", "ask_reset", "authentication_options", "change_password", "change_pin", "charter",
    "choose_mandate", "close_session", "close_sessions", "confirm", "create_account", "create_key",
    "create_security_key", "current_code",
    "declarations", "declarations_to_handle", "declare", "discard", "end_account", "end_mandate", "enrol",
    "enrol_directly", "expire", "forget_challenges", "forget_old", "fresh", "hand_over", "handle", "import_file",
    "in_stock", "is_suspended", "keys_held", "keys_to_return", "log_in", "log_in_with_key", "log_in_with_password",
    "log_out", "login_of", "may_declare", "new_link", "open_session", "password_link", "pin_link", "prove",
    "publish_charter",
    "publish_shipped_charters", "register", "registration_options", "remind", "renew_pin", "restore_organisation",
    "resume_account", "resynchronise", "resynchronise_for", "return_key", "revoke_key", "sessions_of", "set_password",
    "show_seed", "sign_charter", "signatures_of", "suspend_organisation", "touch", "unlock_key", "unlock_password",
    "waiting", "way_of",
]
