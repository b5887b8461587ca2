"""The fixtures of every test; tests/README.md is their table of contents."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "tests"):  # the packages of the checkout, and `harness`
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from harness import agreements, chromium, databases, hashes, journalled, migrated, needs, postgresql, slowest  # noqa: E402
from harness import cast as cast_module  # noqa: E402
from harness import live as live_module  # noqa: E402
from harness import seeded as seeded_module  # noqa: E402
from harness.apps import build_app, settings_for  # noqa: E402

for variable in set(os.environ) - {"GUICHET_REQUIRE_ALL"}:
    if variable.startswith("GUICHET_"):
        del os.environ[variable]  # a developer's settings have no part in a test

NEEDS_CAST = {"cast", "client_as", "actor_as"}
NEEDS_BROWSER = {"browser", "browser_page", "axe"}


# Some containers tell Python to keep nothing of what it compiles. Every worker would rewrite each assertion again, and
# every process that a test starts would compile the program again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

hashes.make_cheap()
agreements.load_once()
migrated.once()
hypothesis.settings.register_profile("guichet", deadline=None)  # a slow machine is no counter-example
hypothesis.settings.load_profile("guichet")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(journalled.Journalled(), "journalled")
    config.pluginmanager.register(slowest.Slowest(), "slowest")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "any_app" in metafunc.fixturenames:
        engines = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
        metafunc.parametrize("engine", engines, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if NEEDS_BROWSER & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            # Chromium itself may answer too late on a loaded machine: the test runs once more, and the summary says so.
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError", "Call log:"]))


def pytest_collection_finish() -> None:
    """Leave what is imported and collected out of garbage collection: it stays until the end, and is long to walk."""
    gc.collect()
    gc.freeze()


def _filler(folder: Path) -> databases.Fill:
    def fill(url: str, holding: str) -> dict[str, Any]:
        from charters.database import db
        from ticketing.operation.schema import upgrade

        settings = settings_for(folder, url)
        app = build_app(settings)
        with app.app_context():
            upgrade()
            held: dict[str, Any] = {"cast": cast_module.build, "seeded": lambda: seeded_module.fill(settings)}.get(
                holding, dict
            )()
            db.session.remove()
            db.engine.dispose()
        return held

    return fill


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> databases.Engine:
    folder = tmp_path_factory.mktemp("sqlite")
    return databases.SQLite(folder, _filler(folder))


@pytest.fixture(scope="session")
def postgresql_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.Engine]:
    binaries = needs.postgresql_binaries()
    if binaries is None:
        needs.lacking("PostgreSQL", "postgresql")
    with postgresql.server(binaries) as url:
        folder = tmp_path_factory.mktemp("postgresql")
        yield databases.PostgreSQL(url, folder, _filler(folder))


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the database engine of this test."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def _database(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    engines: databases.Engine = request.getfixturevalue(f"{engine}_databases")
    asked = set(request.fixturenames)
    holding = "seeded" if "seeded_data" in asked else "cast" if NEEDS_CAST & asked else ""
    made = engines.fresh(tmp_path, holding)
    if holding == "seeded":
        shutil.copytree(engines.folder / "data", tmp_path / "data", dirs_exist_ok=True)
    return made


@pytest.fixture
def settings(_database: tuple[str, dict[str, Any]], tmp_path: Path) -> Any:
    return settings_for(tmp_path, _database[0])


@pytest.fixture
def app(settings: Any) -> Iterator[Any]:
    from charters.database import db

    application = build_app(settings)
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def app_context(app: Any) -> Iterator[Any]:
    """A context for the whole test. Not beside a client: requests would share its `g` and its session."""
    with app.app_context() as context:
        yield context


@pytest.fixture
def any_app(app: Any) -> Any:
    return app


@pytest.fixture
def seeded_data(app: Any, _database: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """The reference data with their canaries, in `app`: what `reference.seed` gave. Not beside the cast's."""
    return _database[1]


@pytest.fixture
def client(app: Any) -> Any:
    return app.test_client()


@pytest.fixture
def cast(app: Any, _database: tuple[str, dict[str, Any]]) -> dict[str, cast_module.Person]:
    return _database[1]


@pytest.fixture
def client_as(app: Any, cast: dict[str, cast_module.Person]) -> Callable[[str], Any]:
    def log_in(sigle: str) -> Any:
        return cast_module.log_in(app.test_client(), cast[sigle])

    return log_in


@pytest.fixture
def actor_as(app: Any, cast: dict[str, cast_module.Person]) -> Callable[[str], Any]:
    return lambda sigle: cast_module.actor(cast[sigle])


@pytest.fixture
def queries_of(app: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """`with queries_of() as seen:` collects the statements sent, transaction control apart.

    What pages keep for some seconds (agreements, interruptions…) is kept, however long they take.
    """
    from sqlalchemy import event

    from charters.database import db
    from ticketing.articles import reviews
    from ticketing.in_force import routing
    from ticketing.interruptions import banners
    from ticketing.obligations import calendar

    for module in (routing, banners, reviews, calendar):
        monkeypatch.setattr(module, "FRESH_FOR", 3600.0)

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def live(app: Any) -> Iterator[live_module.Live]:
    with live_module.serving(app) as served:
        yield served


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashes of PINs, passwords and forgotten sigles at their full cost, which no other test pays."""
    hashes.make_real(monkeypatch)


@pytest.fixture(scope="session")
def pdf_libraries() -> None:
    """What making a PDF needs of the machine. It may take its time: no PDF is given up on a slow machine."""
    if not needs.pdf_libraries():
        needs.lacking("Pango", "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")
    from ticketing.documents import pdf

    pdf.TIMEOUT, pdf.TURN = 300.0, 300.0


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    executable = needs.chromium()
    if executable is None:
        needs.lacking("Chromium", "chromium libatomic1")
    from playwright.sync_api import expect

    expect.set_options(timeout=60_000)
    with chromium.chromium(executable) as running:
        yield running


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[[], Any]]:
    """Pages, each in a browser of its own (cookies apart), whose console errors fail the test: a broken CSP shows."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page() -> Any:
        # A service worker would hide requests from the tests that stop them; `test_offline.py` lets it live.
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR", service_workers="block")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)  # a slow machine is no fault; what never comes is one
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not [text for text in complaints if "status of 4" not in text and "ERR_INTERNET_DISCONNECTED" not in text], (
        complaints
    )


@pytest.fixture
def browser_page(new_page: Callable[[], Any]) -> Any:
    return new_page()


@pytest.fixture
def axe() -> Callable[[Any, str], None]:
    return chromium.check_page
