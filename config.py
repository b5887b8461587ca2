"""Configuration: every setting of Guichet, read once from the environment (`GUICHET_…`).

`read_settings()` returns a frozen `Settings`, or raises a `ConfigurationError` that lists every fault at once.
No secret has a default outside demonstration mode.
"""

from __future__ import annotations

import base64
import contextlib
import difflib
import importlib.util
import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

PREFIX = "GUICHET_"

#: Variables of the same prefix that are not settings but are for the tests.
NOT_SETTINGS = frozenset({"GUICHET_REQUIRE_ALL"})


class ConfigurationError(ValueError):
    """Raised when the configuration cannot be used; `faults` lists every reason as a sentence with its variable."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("Configuration refusée :\n" + "\n".join(f"  - {fault}" for fault in faults))


class Settings(BaseModel):
    """The settings, frozen. Sizes are in MB (10^6 bytes), durations in minutes, hours or days as their names say."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    demo: bool = False
    data_dir: Path = Path("var")
    database_url: str = Field(default="", repr=False)  # it may contain a password
    #: PostgreSQL only: connections of a process; whether PgBouncer stands between; how long a page waits, in seconds.
    database_pool: int = Field(default=10, ge=1, le=200)
    database_pooler: bool = False
    statement_seconds: int = Field(default=30, ge=1, le=600)
    lock_seconds: int = Field(default=10, ge=1, le=600)
    base_url: str = "http://127.0.0.1:8000"
    secret_key: str = Field(default="", repr=False)
    #: Fernet keys that encrypt OTP seeds, newest first.
    seed_keys: tuple[str, ...] = Field(default=(), repr=False)
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    #: CIDR ranges of the académie's intranet; if empty, everyone counts as on the internet.
    intranet: tuple[str, ...] = ()
    #: smtp://[user:password@]host:port, smtps:// for TLS; if empty, mails are written to DATA_DIR/courriels.
    smtp_url: str = Field(default="", repr=False)
    mail_from: str = "guichet@localhost"
    #: The boxes of incoming mail, separated by commas: Maildir paths or IMAP URLs, each perhaps named (`desk=imaps://…`).
    mailbox: str = Field(default="", repr=False)
    #: The authserv-id of our own relay, whose Authentication-Results alone is believed (RFC 8601); empty: none is.
    mail_authserv: str = ""
    #: The most mails handed to the mail server in a minute, in all and to the addresses of one domain.
    mail_per_minute: int = Field(default=300, ge=1, le=100_000)
    mail_domain_per_minute: int = Field(default=240, ge=1, le=100_000)
    bind: str = "127.0.0.1:8000"
    workers: int = Field(default=2, ge=1, le=64)
    #: How long the headers of a request may take, and its body or its answer before a rate is asked of them.
    receive_seconds: int = Field(default=20, ge=1, le=300)
    #: The rate, in kB a second, that a body and an answer must then have had since their beginning.
    receive_kb_second: int = Field(default=16, ge=1, le=10_000)
    #: The connections that one process of the server keeps at a time.
    connections: int = Field(default=400, ge=10, le=10_000)
    pin_required: bool = True
    #: Which passkeys may stand for an application: toutes, appareil (those that no other device gets), aucune.
    passkeys: str = "toutes"
    #: The académie's RADIUS servers (host:port), asked in turn about the keys whose seeds they keep; the shared secret.
    radius_servers: tuple[str, ...] = ()
    radius_secret: str = Field(default="", repr=False)
    radius_timeout: float = Field(default=3, ge=0.2, le=30)
    radius_tries: int = Field(default=2, ge=1, le=5)
    #: The académie's own identity, by OpenID Connect: its issuer, and what it knows this installation by.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_scope: str = "openid email"
    #: The strengths (acr) that are as good as a key, so that they open from the internet too; empty: none is.
    oidc_acr: tuple[str, ...] = ()
    #: What the button of the login page says of it.
    oidc_name: str = "l’identité académique"
    #: A header in which relays of these addresses alone say who the person is; empty: none is believed.
    identity_header: str = ""
    identity_relays: tuple[str, ...] = ()
    upload_mb: int = Field(default=25, ge=1, le=1000)
    upload_ticket_mb: int = Field(default=100, ge=1, le=10000)
    #: ClamAV's socket, unix:/run/clamav/clamd.ctl or host:port; empty: no antivirus.
    clamav: str = ""
    #: The requests for logins and related pages that an IP address may send in a quarter of an hour.
    login_tries: int = Field(default=2000, ge=20, le=100_000)
    session_idle_minutes: int = Field(default=30, ge=2, le=720)
    session_admin_idle_minutes: int = Field(default=15, ge=2, le=720)
    session_hours: int = Field(default=12, ge=1, le=24)
    resolved_close_days: int = Field(default=10, ge=1, le=90)
    #: The working days that the référents of both sides have to settle a contest; no agreement gives a term.
    contest_days: int = Field(default=5, ge=1, le=60)
    #: The days for which a line of the journal is kept: 365 at most, 183 at least (CNIL).
    journal_days: int = Field(default=365, ge=183, le=365)
    #: The file of the key that signs the journal, made at the first start; if None, DATA_DIR/journal-key.
    journal_key_file: Path | None = None
    #: An address outside, to which the number and the hash of the journal's last line go each day; empty: none.
    journal_anchor_to: str = ""
    #: Retention of personal data: closed tickets, ended accounts, copies of mails.
    ticket_months: int = Field(default=24, ge=1, le=120)
    account_months: int = Field(default=12, ge=1, le=120)
    mail_days: int = Field(default=90, ge=1, le=365)
    #: Make the usage charter compulsory for Éducation nationale staff too.
    usage_charter_for_staff: bool = False
    #: A folder of further agreements, besides those that ship.
    conventions_dir: Path | None = None
    #: A folder of the signed texts themselves (.txt, or .pdf with text), which pages then show; never shipped.
    texts_dir: Path | None = None
    #: A file of school holidays that replaces the one that ships.
    school_calendar: Path | None = None
    theme_dir: Path | None = None
    #: What the legal notice says: who publishes and who hosts the site, and the addresses to write to; empty: not said.
    publisher: str = ""
    hosting: str = ""
    contact: str = ""
    data_contact: str = ""
    #: The folder of backups, which the scheduler then fills each night; how many to keep; whom to encrypt them for.
    backup_dir: Path | None = None
    backup_keep: int = Field(default=14, ge=1, le=1000)
    backup_key: str = ""
    #: The address:port at which Prometheus reads figures; empty: nothing is counted.
    metrics_bind: str = ""
    log_level: str = "INFO"

    @field_validator("seed_keys", "intranet", "oidc_acr", "identity_relays", "radius_servers", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("intranet", "identity_relays")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise ValueError(f"« {network} » n’est pas une plage comme 10.65.0.0/16") from None
        return value

    @field_validator("base_url")
    @classmethod
    def _public_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("doit être une adresse complète, comme https://guichet.exemple.fr")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str, info: ValidationInfo) -> str:
        if not value and not info.data.get("demo"):
            raise ValueError("doit être donnée, par exemple sqlite:////var/lib/guichet/guichet.db")
        if value and not re.match(r"(sqlite:///|postgresql(\+psycopg)?://)", value):
            raise ValueError("doit commencer par sqlite:/// ou postgresql://")
        if value.startswith("postgresql") and importlib.util.find_spec("psycopg") is None:
            raise ValueError("demande un module qui manque : pip install 'guichet[postgresql]'")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_secret(cls, value: str, info: ValidationInfo) -> str:
        if len(value) < 32 and not info.data.get("demo"):
            raise ValueError("doit compter 32 caractères au moins (hors démonstration, rien par défaut)")
        return value

    @field_validator("seed_keys")
    @classmethod
    def _fernet_keys(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not value and not info.data.get("demo"):
            raise ValueError("doit donner une clé Fernet au moins (hors démonstration, rien par défaut)")
        if not all(_is_fernet_key(key) for key in value):
            raise ValueError("contient une clé qui n’est pas une clé Fernet (32 octets en base64)")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("smtp", "smtps") or not urlsplit(value).hostname):
            raise ValueError("doit être de la forme smtp://serveur:25 ou smtps://serveur:465")
        return value

    @field_validator("mailbox")
    @classmethod
    def _known_boxes(cls, value: str) -> str:
        from ticketing.mail.incoming import boxes

        boxes.read(value)
        return value

    @field_validator("mail_authserv")
    @classmethod
    def _relay_name(cls, value: str) -> str:
        if re.search(r"[\s;,\"()]", value):
            raise ValueError("doit être le seul nom que votre relais écrit en tête d’Authentication-Results")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_address(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise ValueError("doit être une adresse de courriel")
        return value

    @field_validator("journal_anchor_to")
    @classmethod
    def _anchor_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", value):
            raise ValueError("doit être une seule adresse de courriel")
        return value

    @field_validator("backup_key")
    @classmethod
    def _public_key(cls, value: str) -> str:
        if value.startswith(("-", "AGE-SECRET-KEY")) or not value.isprintable():
            raise ValueError("doit être une clé publique d’age (age1…), ou le nom d’une clé que gpg connaît")
        return value

    @field_validator("contact", "data_contact")
    @classmethod
    def _address_to_write_to(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", value):
            raise ValueError("doit être une seule adresse de courriel")
        return value

    @field_validator("clamav")
    @classmethod
    def _antivirus(cls, value: str) -> str:
        if value and not re.fullmatch(r"unix:/.+|[^\s:/]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}", value):
            raise ValueError("doit être de la forme unix:/run/clamav/clamd.ctl ou serveur:3310")
        return value

    @field_validator("radius_servers")
    @classmethod
    def _radius(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"([^\s:/\[\]]+|\[[0-9a-fA-F:]+\]):\d{1,5}", one) for one in value):
            raise ValueError("doit être de la forme serveur:1812, plusieurs séparés par des virgules")
        return value

    @field_validator("radius_secret")
    @classmethod
    def _shared_secret(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("radius_servers") and len(value) < 16:
            raise ValueError("doit compter 16 caractères au moins avec GUICHET_RADIUS_SERVERS")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _provider(cls, value: str) -> str:
        parts = urlsplit(value)
        here = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if value and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and here))):
            raise ValueError("doit être l’adresse en https:// de votre fournisseur d’identité, telle qu’il l’écrit")
        return value

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _known_to_the_provider(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("oidc_issuer") and not value:
            raise ValueError("doit être donnée avec GUICHET_OIDC_ISSUER")
        if info.field_name == "oidc_client_secret" and value.startswith("-----BEGIN") and not _signing_key(value):
            raise ValueError(
                "doit être un secret, ou une clé privée : RSA de 2048 bits au moins, P-256 ou P-384, sans mot de passe"
            )
        return value

    @field_validator("oidc_scope")
    @classmethod
    def _scopes(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("doit contenir openid")
        return value

    @field_validator("identity_header")
    @classmethod
    def _header_name(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{2,60}", value):
            raise ValueError("doit être le nom d’un en-tête, comme X-Identite-Academique")
        return value

    @field_validator("identity_relays")
    @classmethod
    def _named_relays(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("identity_header") and not value:
            raise ValueError("doit nommer les relais dont GUICHET_IDENTITY_HEADER est cru")
        return value

    @field_validator("passkeys")
    @classmethod
    def _known_passkeys(cls, value: str) -> str:
        if value not in ("toutes", "appareil", "aucune"):
            raise ValueError("doit être toutes, appareil ou aucune")
        return value

    @field_validator("bind", "metrics_bind")
    @classmethod
    def _listening_address(cls, value: str, info: ValidationInfo) -> str:
        host, _, port = value.rpartition(":")
        if not value and info.field_name == "metrics_bind":
            return value
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("doit être de la forme adresse:port, comme 127.0.0.1:8000")
        return value

    @field_validator("conventions_dir", "texts_dir", "theme_dir")
    @classmethod
    def _existing_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"le dossier {value} n’existe pas")
        return value

    @field_validator("school_calendar")
    @classmethod
    def _readable_calendar(cls, value: Path | None) -> Path | None:
        if value is not None:
            from matrix.files import ConventionError, load_calendar

            try:
                load_calendar(value)
            except ConventionError as error:
                raise ValueError("ne peut pas servir : " + " ; ".join(error.faults)) from None
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("doit être DEBUG, INFO, WARNING ou ERROR")
        return value.upper()

    @property
    def https(self) -> bool:
        """Whether the public address is served over TLS; cookies are then Secure, with a __Host- name."""
        return self.base_url.startswith("https://")


def read_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings from `overrides`, then `environ` (default: the process's). Raises ConfigurationError.

    A secret may stand in a file that `GUICHET_…_FILE` names.
    """
    from ticketing.operation import environment

    names = Settings.model_fields
    secret = [PREFIX + name.upper() for name, field in names.items() if not field.repr]
    environ, faults = environment.with_secrets(os.environ if environ is None else environ, secret)
    values: dict[str, Any] = {
        name: environ[PREFIX + name.upper()] for name in names if environ.get(PREFIX + name.upper(), "") != ""
    }
    values.update(overrides)
    faults += [
        _unknown(key)
        for key in sorted(environ)
        if key.startswith(PREFIX) and key not in NOT_SETTINGS and key[len(PREFIX) :].lower() not in names
    ]
    try:
        settings = Settings(**_with_demo_defaults(values))
    except ValidationError as error:
        faults.extend(f"{PREFIX}{str(item['loc'][0]).upper()} {_sentence(item)}" for item in error.errors())
    if faults:
        raise ConfigurationError(faults)
    return settings


def _unknown(key: str) -> str:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
    return f"{key} : réglage inconnu" + (f" ; vouliez-vous {near[0]} ?" if near else "")


def _sentence(item: Any) -> str:
    """The French sentence for a fault that pydantic reports in English."""
    context = item.get("ctx", {})
    sentences: dict[str, Callable[[], str]] = {
        "value_error": lambda: str(context["error"]),
        "greater_than_equal": lambda: f"doit valoir {context['ge']} au moins",
        "less_than_equal": lambda: f"doit valoir {context['le']} au plus",
        "int_parsing": lambda: "doit être un nombre entier",
        "bool_parsing": lambda: "doit être 1 (oui) ou 0 (non)",
    }
    known = sentences.get(item["type"])
    return known() if known else f"n’est pas utilisable ({item['msg']})"


def _signing_key(pem: str) -> bool:
    """Whether a text is a private key by which requests to the académie's provider can be signed."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        return False
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.curve.name in ("secp256r1", "secp384r1")
    return isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except ValueError:
        return False


def _with_demo_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the defaults of demonstration mode: secrets made once and kept, a database, invented data."""
    if str(values.get("demo", "")).lower() not in {"1", "true", "yes", "on"}:
        return values
    folder = Path(values.get("data_dir", "var"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: dict[str, Callable[[], str]] = {
        "database_url": lambda: f"sqlite:///{(folder / 'guichet.db').resolve()}",
        "secret_key": lambda: _kept(folder / "secret-key", lambda: secrets.token_urlsafe(48)),
        "seed_keys": lambda: _kept(folder / "seed-key", _fernet_key),
        "conventions_dir": lambda: str(Path(__file__).resolve().parent / "ticketing/demo/conventions"),
        "mail_authserv": lambda: "relais.demonstration.example",  # the mails written on the page of the demonstration
    }
    return {name: make() for name, make in made.items() if name not in values} | values


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The secret stored in `path`, made on first use.

    It is written to a private file that is then linked to `path`, so that two concurrent starts use the same secret.
    """
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
