"""`guichet keys import` and `guichet keys rotate`, on a database of their own."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from harness.commands import command
from harness.suppliers import AGREED, FIGURE_6, csv, hexed


@pytest.fixture
def guichet(settings):
    return command(settings)


def test_a_file_is_imported_whole_or_its_faults_are_told(guichet, tmp_path):
    good, bad, locked = tmp_path / "lot.csv", tmp_path / "faux.csv", tmp_path / "lot.xml"
    good.write_bytes(csv(f"A-1;{hexed(1)};HOTP", f"A-2;{hexed(2)}"))
    bad.write_bytes(csv(f"A-3;{hexed(3)}", "A-4;zz", f"A-5;{hexed(5)};ocra"))
    locked.write_bytes(FIGURE_6)
    here = ("--academie", "academie-toulouse")
    lost = guichet("keys", "import", str(good))
    assert lost.exit_code == 2 and "academie-toulouse" in lost.stderr  # there are several académies, and none is named
    done = guichet("keys", "import", str(good), *here)
    assert done.exit_code == 0 and "2 clés en stock de plus" in done.stdout
    refused = guichet("keys", "import", str(bad), *here)
    assert refused.exit_code == 1 and "Rien n’a été importé" in refused.stderr
    assert "Ligne 3" in refused.stderr and "Ligne 4" in refused.stderr and hexed(3) not in refused.stderr
    again = guichet("keys", "import", str(good), *here)
    assert again.exit_code == 1 and again.stderr.count("déjà en stock") == 2
    sealed = guichet("keys", "import", str(locked), *here)
    assert sealed.exit_code == 1 and "Ce fichier est chiffré" in sealed.stderr
    (tmp_path / "secret").write_text(AGREED + "\n")
    assert guichet("keys", "import", str(locked), *here, "--secret-file", str(tmp_path / "secret")).exit_code == 0


def test_secrets_are_sealed_anew_and_the_old_key_may_go(guichet, settings, tmp_path):
    good = tmp_path / "lot.csv"
    good.write_bytes(csv(*(f"A-{number};{hexed(number)}" for number in range(1, 4))))
    guichet("keys", "import", str(good), "--academie", "academie-toulouse")
    newest = Fernet.generate_key().decode()
    both = {"GUICHET_SEED_KEYS": f"{newest},{settings.seed_keys[0]}"}
    assert "3 secrets rechiffrés, 0 l’étaient déjà" in guichet("keys", "rotate", **both).stdout
    assert "0 secrets rechiffrés, 3 l’étaient déjà" in guichet("keys", "rotate", **both).stdout
    assert guichet("keys", "rotate", GUICHET_SEED_KEYS=newest).exit_code == 0
    stranger = guichet("keys", "rotate", GUICHET_SEED_KEYS=Fernet.generate_key().decode())
    assert stranger.exit_code == 1 and "A-1, A-2, A-3" in stranger.stderr
    assert guichet("audit", "verify").exit_code == 0
