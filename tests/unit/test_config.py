"""The configuration: every fault is reported at once, no secret has a default, misspelt names are suggested."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from config import PREFIX, ConfigurationError, Settings, read_settings

KEY = "A" * 43 + "="
GOOD = {
    "GUICHET_DATABASE_URL": "sqlite:////srv/guichet.db",
    "GUICHET_SECRET_KEY": "x" * 32,
    "GUICHET_SEED_KEYS": KEY,
}


def faults(environ):
    with pytest.raises(ConfigurationError) as caught:
        read_settings(environ)
    return caught.value.faults


def test_service_with_what_is_wanted_and_no_more():
    settings = read_settings(GOOD)
    assert (settings.demo, settings.workers, settings.https) == (False, 2, False)


def test_no_secret_and_no_database_by_default_outside_demo():
    told = " ".join(faults({}))
    for name in ("DATABASE_URL", "SECRET_KEY", "SEED_KEYS"):
        assert PREFIX + name in told


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        (ec.generate_private_key(ec.SECP256R1()), True),
        (ec.generate_private_key(ec.SECP521R1()), False),
        (rsa.generate_private_key(65537, 2048), True),
        (rsa.generate_private_key(65537, 1024), False),
        (None, False),
    ],
)
def test_a_private_key_in_the_place_of_a_secret_is_one_that_signs(key, taken):
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = key.private_bytes(*form).decode() if key else "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
    known = {"GUICHET_OIDC_ISSUER": "https://id.exemple.fr", "GUICHET_OIDC_CLIENT_ID": "guichet"}
    given = GOOD | known | {"GUICHET_OIDC_CLIENT_SECRET": pem}
    if taken:
        assert read_settings(given).oidc_client_secret.startswith("-----BEGIN")
    else:
        (told,) = faults(given)
        assert "GUICHET_OIDC_CLIENT_SECRET" in told and "AAAA" not in told


def test_every_fault_is_told_at_once_and_names_its_variable():
    wrong = {
        "GUICHET_WORKERS": "many",
        "GUICHET_UPLOAD_MB": "0",
        "GUICHET_SESSION_HOURS": "25",
        "GUICHET_PIN_REQUIRED": "maybe",
        "GUICHET_INTRANET": "10.0.0.0/8,somewhere",
        "GUICHET_BASE_URL": "guichet.fr",
        "GUICHET_SMTP_URL": "localhost:25",
        "GUICHET_MAIL_FROM": "nobody",
        "GUICHET_BIND": "8000",
        "GUICHET_THEME_DIR": "/nowhere/at/all",
        "GUICHET_LOG_LEVEL": "loud",
        "GUICHET_SECRET_KEY": "short",
        "GUICHET_SEED_KEYS": "not-a-key",
        "GUICHET_DATABASE_URL": "mysql://x",
        "GUICHET_TRUSTED_PROXIES": "-1",
        "GUICHET_COLOUR": "green",
    }
    told = faults(wrong)
    assert len(told) == len(wrong)
    for name in wrong:
        assert any(fault.startswith(name + " ") for fault in told), name
    assert not any("Input should" in fault or "Value error" in fault for fault in told), told


def test_a_slip_of_the_pen_is_named_with_what_was_meant():
    assert faults(GOOD | {"GUICHET_SECRETKEY": "x"}) == [
        "GUICHET_SECRETKEY : réglage inconnu ; vouliez-vous GUICHET_SECRET_KEY ?"
    ]


def test_a_fault_never_repeats_a_secret():
    told = " ".join(faults(GOOD | {"GUICHET_SECRET_KEY": "hush-hush", "GUICHET_SEED_KEYS": "hush-again"}))
    assert "hush" not in told
    assert "x" * 32 not in repr(read_settings(GOOD)) and KEY not in repr(read_settings(GOOD))


def test_the_demonstration_makes_its_own_secrets_and_keeps_them(tmp_path):
    environ = {"GUICHET_DEMO": "1", "GUICHET_DATA_DIR": str(tmp_path)}
    first, second = read_settings(environ), read_settings(environ)
    assert first == second
    assert len(first.secret_key) >= 32 and len(first.seed_keys) == 1
    assert first.database_url == f"sqlite:///{tmp_path}/guichet.db"
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret-key", "seed-key"]


def test_settings_are_frozen_and_closed():
    settings = read_settings(GOOD)
    with pytest.raises(ValueError):
        settings.demo = True
    with pytest.raises(ValueError):
        Settings(**{name[8:].lower(): value for name, value in GOOD.items()}, colour="green")


def test_lists_and_addresses_are_read_as_people_write_them():
    settings = read_settings(
        GOOD
        | {
            "GUICHET_INTRANET": "10.65.0.0/16, 10.31.0.0/16,",
            "GUICHET_SEED_KEYS": f"{KEY}, {'B' * 43}=",
            "GUICHET_BASE_URL": "https://guichet.exemple.fr/",
            "GUICHET_LOG_LEVEL": "debug",
            "GUICHET_WORKERS": "",
        }
    )
    assert settings.intranet == ("10.65.0.0/16", "10.31.0.0/16")
    assert settings.seed_keys == (KEY, "B" * 43 + "=")
    assert settings.base_url == "https://guichet.exemple.fr" and settings.https
    assert (settings.log_level, settings.workers) == ("DEBUG", 2)


def test_a_school_calendar_is_read_at_start_or_refused_with_its_line(tmp_path):
    path = tmp_path / "calendrier.toml"
    environ = GOOD | {"GUICHET_SCHOOL_CALENDAR": str(path)}
    line = '[[holiday]]\nzone = "A"\nname = "Toussaint"\nfirst = 2027-10-23\nlast = {}\n'
    path.write_text(line.format("2027-11-07"), encoding="utf-8")
    assert read_settings(environ).school_calendar == path
    here = f"GUICHET_SCHOOL_CALENDAR ne peut pas servir : {tmp_path.name}/calendrier.toml"
    for text, said in (
        (line.format("2027-10-01"), ":5: « last » précède « first »"),
        (line.format("2028-11-07"), ":5: ces vacances durent plus de 120 jours"),
        (line.format('"lundi"'), ":5: « last » : une date attendu, 'lundi' trouvé"),
        (line.replace('"A"', '"D"').format("2027-11-07"), ":2: « zone » : 'D' inconnu ; attendu : A, B, C"),
        (line.replace("holiday", "holidays").format("2027-11-07"), ":1: « holidays » n'a pas de sens ici"),
        ("[[holiday]\n", ":1: TOML mal formé"),
        ("", ":1: aucune [[holiday]]"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError) as refused:
            read_settings(environ)
        [fault] = refused.value.faults
        assert fault.startswith(here + said), fault
    path.unlink()
    with pytest.raises(ConfigurationError, match=r"calendrier\.toml:1: fichier illisible ou absent"):
        read_settings(environ)
