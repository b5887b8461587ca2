"""The use cases of access, each in one commit. The one door of this room: pages, commands and jobs come in by it.

people: accounts, mandates, suspension · declarations: movements of staff · keys: hand over, enrol, unlock, take back ·
charters: publish, sign · entry: log in, sessions. Bad input raises `Invalid({field: French sentence})`, what cannot be
done `Refused(sentence)`.
"""

from charters.declarations import (
    DeclarationForm,
    DeclarationView,
    Movement,
    declarations,
    declarations_to_handle,
    declare,
    handle,
    may_declare,
)
from charters.entry import (
    Entered,
    Login,
    SessionView,
    actor_of,
    choose_mandate,
    close_session,
    log_in,
    log_out,
    login_of,
    open_session,
    sessions_of,
    touch,
)
from charters.errors import Invalid, Refused, Unknown
from charters.keys import (
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
from charters.people import (
    AccountForm,
    account_id,
    add_mandate,
    create_account,
    end_account,
    end_mandate,
    expire,
    is_suspended,
    restore_organisation,
    suspend_organisation,
)
from charters.signing import (
    CharterView,
    charter,
    publish_charter,
    publish_shipped_charters,
    sign_charter,
    signatures_of,
)

__all__ = [
    "AccountForm", "Activation", "CharterView", "DeclarationForm", "DeclarationView", "Entered", "Invalid", "Login",
    "Movement", "Refused", "SessionView", "Unknown", "account_id", "activation", "actor_of", "add_mandate",
    "charter", "choose_mandate", "close_session", "create_account", "create_key", "current_code", "declarations",
    "declarations_to_handle", "declare", "end_account", "end_mandate", "enrol", "enrol_directly", "expire",
    "handle", "is_suspended", "log_in", "log_out", "login_of", "may_declare", "new_link", "open_session",
    "publish_charter", "publish_shipped_charters", "restore_organisation", "return_key", "revoke_key",
    "sessions_of", "show_seed", "sign_charter", "signatures_of", "suspend_organisation", "touch", "unlock_key",
]
