"""Test the settings that stand in files: the environment's file, and the files of secrets."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner

from config import ConfigurationError, read_settings
from ticketing.commands.cli import main
from ticketing.operation import environment

KEY = "A" * 43 + "="
PLAIN = {"GUICHET_DATABASE_URL": "sqlite:////srv/guichet.db", "GUICHET_SEED_KEYS": KEY}


def test_a_secret_stands_in_a_file_without_the_end_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s" * 40 + "\n", "utf-8")
    settings = read_settings(PLAIN | {"GUICHET_SECRET_KEY_FILE": str(tmp_path / "secret")})
    assert settings.secret_key == "s" * 40


def test_every_secret_may_stand_in_a_file_and_nothing_else_may(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("x", "utf-8")
    secret = {"DATABASE_URL", "SECRET_KEY", "SEED_KEYS", "SMTP_URL", "MAILBOX", "RADIUS_SECRET", "OIDC_CLIENT_SECRET"}
    for name in secret | {"WORKERS", "BASE_URL"}:
        with pytest.raises(ConfigurationError) as caught:
            read_settings({f"GUICHET_{name}_FILE": str(tmp_path / "one")})
        unknown = any(fault.startswith(f"GUICHET_{name}_FILE : réglage inconnu") for fault in caught.value.faults)
        assert unknown == (name not in secret), name


def test_a_file_that_is_missing_or_given_twice_is_said_with_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush" * 10, "utf-8")
    twice = PLAIN | {"GUICHET_SECRET_KEY": "hush" * 10, "GUICHET_SECRET_KEY_FILE": str(tmp_path / "secret")}
    missing = PLAIN | {"GUICHET_SECRET_KEY_FILE": str(tmp_path / "nowhere")}
    for environ, said in ((twice, "toutes les deux"), (missing, "ne se lit pas")):
        with pytest.raises(ConfigurationError) as caught:
            read_settings(environ)
        assert any(said in fault for fault in caught.value.faults)
        assert "hush" not in str(caught.value)


def test_the_environment_s_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "guichet.env"
    file.write_text(
        "# réglages\nGUICHET_WORKERS=3\n\nGUICHET_SMTP_URL='smtp://a:p$w@h:25'\nexport GUICHET_DEMO=0\n", "utf-8"
    )
    assert environment.of_file(file) == {
        "GUICHET_WORKERS": "3",
        "GUICHET_SMTP_URL": "smtp://a:p$w@h:25",
        "GUICHET_DEMO": "0",
    }


@pytest.mark.parametrize("text", ["GUICHET_WORKERS\n", "GUICHET_WORKERS=3\n= 4\n"])
def test_a_line_that_gives_nothing_is_refused_with_its_number(text: str, tmp_path: Path) -> None:
    (tmp_path / "env").write_text(text, "utf-8")
    refused = CliRunner().invoke(main, ["--env-file", str(tmp_path / "env"), "routes"])
    assert refused.exit_code == 2 and f"ligne {text.count(chr(10))}" in refused.stderr


def test_the_command_reads_the_file_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("GUICHET_WORKERS=many\nGUICHET_DATABASE_URL=mysql://x\n", "utf-8")
    refused = CliRunner().invoke(main, ["--env-file", str(tmp_path / "env"), "routes"], env={"GUICHET_WORKERS": "2"})
    assert refused.exit_code == 2
    assert "GUICHET_DATABASE_URL doit commencer" in refused.stderr and "GUICHET_WORKERS" not in refused.stderr
    missing = CliRunner().invoke(main, ["--env-file", str(tmp_path / "nowhere"), "routes"])
    assert missing.exit_code == 2 and "ne se lit pas" in missing.stderr


def test_a_wheel_without_its_postgresql_module_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'guichet\[postgresql\]'"):
        read_settings(PLAIN | {"GUICHET_SECRET_KEY": "s" * 40, "GUICHET_DATABASE_URL": "postgresql://h/b"})
