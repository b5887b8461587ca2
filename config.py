"""Every setting of Guichet, read once from the environment (`GUICHET_…`).

`read_settings()` gives a frozen `Settings`, or raises `ConfigurationError` that names every fault at once.
No secret has a default outside demonstration mode.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

PREFIX = "GUICHET_"


class ConfigurationError(ValueError):
    """The configuration cannot be used; `faults` lists every reason, each a sentence that names its variable."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("Configuration refusée :\n" + "\n".join(f"  - {fault}" for fault in faults))


class Settings(BaseModel):
    """The configuration, frozen. Sizes are in MB (10^6 bytes), durations in minutes or days as named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    demo: bool = False
    data_dir: Path = Path("var")
    database_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    secret_key: str = ""
    seed_keys: tuple[str, ...] = ()  # Fernet keys that encrypt OTP seeds, newest first
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    intranet: tuple[str, ...] = ()  # CIDR ranges of the académie's intranet
    smtp_url: str = ""  # smtp://[user:password@]host:port, smtps:// for TLS; empty: notices land in DATA_DIR/courriels
    mail_from: str = "guichet@localhost"
    mailbox: str = ""  # Maildir path or IMAP URL of incoming mail (used by a later room)
    bind: str = "127.0.0.1:8000"
    workers: int = Field(default=2, ge=1, le=64)
    pin_required: bool = True
    upload_mb: int = Field(default=25, ge=1, le=1000)
    upload_ticket_mb: int = Field(default=100, ge=1, le=10000)
    session_idle_minutes: int = Field(default=30, ge=2, le=720)
    session_admin_idle_minutes: int = Field(default=15, ge=2, le=720)
    session_hours: int = Field(default=12, ge=1, le=24)
    resolved_close_days: int = Field(default=10, ge=1, le=90)
    usage_charter_for_staff: bool = False  # make the usage charter compulsory for Éducation nationale staff too
    conventions_dir: Path | None = None  # further agreements, beside those that ship
    theme_dir: Path | None = None
    log_level: str = "INFO"

    @field_validator("seed_keys", "intranet", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("intranet")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)
        return value

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("doit commencer par http:// ou https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _secrets_are_given(self) -> Settings:
        missing = []
        if not self.demo:
            if len(self.secret_key) < 32:
                missing.append("GUICHET_SECRET_KEY doit compter 32 caractères au moins (hors démonstration, rien par défaut)")
            if not self.seed_keys:
                missing.append("GUICHET_SEED_KEYS doit donner une clé Fernet au moins (hors démonstration, rien par défaut)")
            if not self.database_url:
                missing.append("GUICHET_DATABASE_URL doit être donnée, par exemple sqlite:////var/lib/guichet/guichet.db")
        if missing:
            raise ValueError("\n".join(missing))
        return self

    @property
    def https(self) -> bool:
        """Whether the public address is served over TLS: cookies are then Secure and bear the __Host- prefix."""
        return self.base_url.startswith("https://")


def read_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from `environ` (default: the process's), `overrides` first; all faults told at once."""
    environ = os.environ if environ is None else environ
    names = Settings.model_fields
    values: dict[str, Any] = {
        name: environ[PREFIX + name.upper()]
        for name in names
        if environ.get(PREFIX + name.upper(), "") != ""
    }
    unknown = sorted(
        key for key in environ
        if key.startswith(PREFIX) and key[len(PREFIX):].lower() not in names and key != "GUICHET_REQUIRE_ALL"
    )
    values.update(overrides)
    faults = [f"{key} : réglage inconnu" for key in unknown]
    try:
        settings = Settings(**_with_demo_secrets(values))
    except ValidationError as error:
        for item in error.errors():
            where = PREFIX + str(item["loc"][0]).upper() if item["loc"] else ""
            text = str(item["msg"]).removeprefix("Value error, ")
            faults.extend(f"{where} : {line}" if where else line for line in text.splitlines())
    if faults:
        raise ConfigurationError(faults)
    return settings


def _with_demo_secrets(values: dict[str, Any]) -> dict[str, Any]:
    """In demonstration mode only: secrets made once and kept in the data folder, a database beside them."""
    if str(values.get("demo", "")).lower() not in {"1", "true", "yes", "on"}:
        return values
    folder = Path(values.get("data_dir", "var"))
    folder.mkdir(parents=True, exist_ok=True)
    values.setdefault("database_url", f"sqlite:///{(folder / 'guichet.db').resolve()}")
    values.setdefault("secret_key", _kept(folder / "secret-key", lambda: secrets.token_urlsafe(48)))
    values.setdefault("seed_keys", _kept(folder / "seed-key", _fernet_key))
    return values


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _kept(path: Path, make: Any) -> str:
    """The secret kept in `path`, made on first use; written by creating a private file first, so that two starts agree."""
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    return path.read_text().strip()
