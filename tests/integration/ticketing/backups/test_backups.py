"""A backup is brought back whole, on either engine; a damaged one is refused; a restored copy sends nothing."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import needs
from harness.apps import build_app, settings_for
from harness.commands import command
from sqlalchemy import select, text

from charters.database import db, writing
from charters.journal import audit
from ticketing import jobs, model
from ticketing.backups import archive, restoring, rows, saving, sealing
from ticketing.operation import silence
from ticketing.search import words
from ticketing.tables import Notice
from ticketing.tickets import desk, reindexing

NOW = datetime(2026, 11, 18, 2, 30, tzinfo=UTC)


def saved(app: Any, settings: Any, folder: Path, now: datetime = NOW, **more: Any) -> saving.Saved:
    with app.app_context():
        return saving.save(folder, data=settings.data_dir, now=now, **({"key": "", "keep": 14} | more))


@contextmanager
def elsewhere(folder: Path, url: str) -> Iterator[Any]:
    """An application on an empty database, with the journal's key, as an operator puts it back."""
    settings = settings_for(folder, url)
    app = build_app(settings)
    with app.app_context():
        try:
            yield settings
        finally:
            db.session.remove()
            db.engine.dispose()


def restored(settings: Any, path: Path) -> restoring.Restored:
    return restoring.restore(path, data=settings.data_dir, identity=None, index=reindexing.everything, now=NOW)


def everything() -> dict[str, tuple[int, str]]:
    with db.engine.connect() as connection:
        return {table.name: rows.fingerprint(connection, table) for table in rows.tables(connection)}


def words_of(text: str) -> set[str]:
    return words.tokens(text)


def found(word: str) -> list[int]:
    asked = {
        "sqlite": "SELECT rowid FROM ticket_search WHERE ticket_search MATCH :word",
        "postgresql": "SELECT ticket_id FROM ticket_search WHERE ('w' || :word) = ANY(tsvector_to_array(document))",
    }[db.engine.dialect.name]
    return sorted(db.session.scalars(text(asked), {"word": word}))


@pytest.fixture
def ticket(any_app: Any, actor_as: Any) -> int:
    """A ticket with two files, and the notices that wait of it."""
    with any_app.app_context():
        actor = actor_as("c11.cmi")
        draft = model.Draft(
            title="Imprimante",
            body="Le wifi aussi, « à l’œil nu ».",
            etablissement=actor.mandate.scope_id,
            service="infrastructure-reseau",
            activity="mco",
            facts=model.Facts(),
        )
        sent = [model.Upload(f"note-{n}.txt", io.BytesIO(b"mot " * n * 1000), "text/plain", None) for n in (1, 2)]
        return desk.open_ticket(actor, draft, sent, NOW - timedelta(days=1))


@pytest.fixture
def empty_postgresql(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgresql_databases").empty("restored"))


@pytest.mark.parametrize("target", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_all_of_it_comes_back_on_either_engine(
    any_app: Any, settings: Any, ticket: int, tmp_path: Path, target: str, request: pytest.FixtureRequest
) -> None:
    made = saved(any_app, settings, tmp_path / "sauvegardes")
    with any_app.app_context():
        before = everything()
        indexed = {word: found(word) for word in words_of("Imprimante wifi")}
        assert indexed and all(numbers == [ticket] for numbers in indexed.values()), indexed
    url = request.getfixturevalue("empty_postgresql") if target == "postgresql" else f"sqlite:///{tmp_path}/autre.db"
    with elsewhere(tmp_path / "ailleurs", url) as other:
        done = restored(other, made.path)
        assert done.contents.rows == sum(count for count, _ in before.values()) > 100
        assert everything() == before
        assert {word: found(word) for word in indexed} == indexed
        assert audit.verify().ok and done.contents.tables["journal_line"][0] > 0
        for name in done.contents.files:
            assert (other.data_dir / "files" / name).read_bytes() == (settings.data_dir / "files" / name).read_bytes()
        assert len(done.contents.files) == 2 and not done.contents.gone
        with writing() as session:  # the counters go on: a number is never given twice
            key = "SELECT seq FROM sqlite_sequence WHERE name = 'ticket'"
            if target == "postgresql":
                key = "SELECT nextval(pg_get_serial_sequence('ticket', 'number')) - 1"
            assert session.scalar(text(key)) >= ticket


def test_a_restored_copy_sends_and_fetches_nothing_until_it_is_released(
    app: Any, settings: Any, ticket: int, tmp_path: Path
) -> None:
    made = saved(app, settings, tmp_path / "sauvegardes")
    with elsewhere(tmp_path / "ailleurs", f"sqlite:///{tmp_path}/autre.db") as other:
        restored(other, made.path)
        later = NOW + timedelta(hours=1)
        waiting = db.session.scalars(select(Notice.id).where(Notice.state == "pending")).all()
        assert waiting
        assert jobs.drain_outbox(later) == 0 == jobs.fetch_mail(later) == jobs.exchange(later)
        assert command(other)("outbox-drain").exit_code == 1
        assert not list((other.data_dir / "courriels").glob("*"))
        assert command(other)("release").exit_code == 0
        assert jobs.drain_outbox(later) > 0


def test_a_backup_that_is_cut_or_changed_is_refused(app: Any, settings: Any, cast: Any, tmp_path: Path) -> None:
    made = saved(app, settings, tmp_path / "sauvegardes")
    whole = made.path.read_bytes()
    for number, broken in enumerate((whole[: len(whole) // 2], b"", _with_a_changed_row(whole), b"x" * 20_000)):
        path = tmp_path / f"abimee-{number}.tar"
        path.write_bytes(broken)
        with (
            elsewhere(tmp_path / f"ailleurs-{number}", f"sqlite:///{tmp_path}/autre-{number}.db") as other,
            pytest.raises(archive.BadArchive),
        ):
            restored(other, path)


def _with_a_changed_row(whole: bytes) -> bytes:
    """The same archive, but for the name of a person."""
    import gzip

    changed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(whole)) as source, tarfile.open(fileobj=changed, mode="w") as target:
        for member in source:
            held = source.extractfile(member)
            assert held is not None
            data = held.read()
            if member.name.startswith("tables/account/0"):
                lines = gzip.decompress(data).decode().splitlines()
                first = json.loads(lines[0])
                first[-1] = first[1]
                data = gzip.compress("".join(f"{line}\n" for line in [json.dumps(first), *lines[1:]]).encode())
                member.size = len(data)
            target.addfile(member, io.BytesIO(data))
    return changed.getvalue()


@pytest.mark.parametrize("name", ["files/../../evil", "files//etc/evil", "tables/unknown/columns.json", "evil"])
def test_security_a_backup_writes_nowhere_else(app: Any, settings: Any, cast: Any, tmp_path: Path, name: str) -> None:
    made = saved(app, settings, tmp_path / "sauvegardes")
    forged = tmp_path / "forgee.tar"
    with tarfile.open(made.path) as source, tarfile.open(forged, mode="w") as target:
        for member in source:
            target.addfile(member, source.extractfile(member))
            if member.name == archive.HEAD:
                member = tarfile.TarInfo(name)
                member.size = 2
                target.addfile(member, io.BytesIO(b"[]"))
    with (
        elsewhere(tmp_path / "ailleurs", f"sqlite:///{tmp_path}/autre.db") as other,
        pytest.raises(archive.BadArchive),
    ):
        restored(other, forged)
    assert not list(tmp_path.rglob("evil"))


def test_it_is_brought_back_into_an_empty_place_only(app: Any, settings: Any, cast: Any, tmp_path: Path) -> None:
    made = saved(app, settings, tmp_path / "sauvegardes")
    with app.app_context(), pytest.raises(restoring.RestoreRefused, match="la base n’est pas vide"):
        restored(settings, made.path)
    assert not silence.kept(settings.data_dir), "an installation at work is not silenced by a refusal"


def test_only_so_many_are_kept_and_nothing_else_is_removed(app: Any, settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sauvegardes"
    folder.mkdir()
    (folder / "a-garder.tar").write_text("of somebody else")
    (folder / ".guichet-20260101T000000Z.tar.partiel").write_text("of a process that was killed")
    made = [saved(app, settings, folder, NOW + timedelta(days=day), keep=2) for day in range(4)]
    assert saving.kept(folder) == [one.path for one in made[-2:]]
    assert sorted(path.name for path in folder.iterdir() if "partiel" in path.name) == []
    assert (folder / "a-garder.tar").exists()
    assert oct(made[-1].path.stat().st_mode)[-3:] == "600"
    assert (settings.data_dir / "derniere-sauvegarde").exists()


def test_two_at_a_time_are_refused(app: Any, settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "sauvegardes"
    folder.mkdir()
    with saving._alone(folder), pytest.raises(saving.BackupFailed, match="une autre sauvegarde est en cours"):
        saved(app, settings, folder)


def test_a_file_erased_meanwhile_is_said_to_be_gone(app: Any, settings: Any, ticket: int, tmp_path: Path) -> None:
    erased = next(path for path in sorted((settings.data_dir / "files").rglob("*")) if path.is_file())
    erased.unlink()
    made = saved(app, settings, tmp_path / "sauvegardes")
    assert made.contents.gone == [str(erased.relative_to(settings.data_dir / "files"))]


def test_the_scheduler_makes_it_at_night_where_a_folder_is_set(app: Any, settings: Any, tmp_path: Path) -> None:
    with app.app_context():
        assert jobs.back_up(NOW) == 0
        app.config["GUICHET"] = settings.model_copy(update={"backup_dir": tmp_path / "sauvegardes"})
        assert jobs.back_up(NOW) == 1
    assert len(saving.kept(tmp_path / "sauvegardes")) == 1


def test_the_commands_say_what_they_did_and_what_to_do(app: Any, settings: Any, cast: Any, tmp_path: Path) -> None:
    run = command(settings)
    assert run("backup").exit_code == 2
    made = run("backup", "--to", str(tmp_path / "sauvegardes"))
    assert made.exit_code == 0 and "relue" in made.output, made.output
    path = made.output.splitlines()[0]
    refused = run("restore", path)
    assert refused.exit_code == 1 and "la base n’est pas vide" in refused.output


def test_an_encrypted_backup_is_read_by_who_has_the_key_alone(
    app: Any, settings: Any, cast: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("gpg") is None:
        needs.lacking("gpg", "gpg")
    home = tmp_path / "gpg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    made_key = ["gpg", "--batch", "--passphrase", "", "--quick-gen-key", "Sauvegarde <s@exemple.fr>", "default"]
    subprocess.run(made_key, check=True, capture_output=True)
    made = saved(app, settings, tmp_path / "sauvegardes", key="s@exemple.fr")
    assert made.path.suffix == ".gpg" and b"ustar" not in made.path.read_bytes()
    with elsewhere(tmp_path / "ailleurs", f"sqlite:///{tmp_path}/autre.db") as other:
        assert restored(other, made.path).contents.rows == made.contents.rows
    with pytest.raises(sealing.SealingFailed):
        saved(app, settings, tmp_path / "sauvegardes", now=NOW + timedelta(days=1), key="inconnue@exemple.fr")
    assert len(saving.kept(tmp_path / "sauvegardes")) == 1, "no half-made backup stays"
