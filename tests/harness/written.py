"""The agreement made of the examples in docs/conventions.md, added to the agreements of the tests."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from harness.apps import CONVENTIONS, settings_for
from harness.places import ROOT

PAGE = ROOT / "docs" / "conventions.md"
COLLEGE, OTHER, ACCORD = "0990001N", "sainte-source-les-berges", "rive-douce-2025"


def settings_with_examples(folder: Path, database_url: str) -> Any:
    """Settings with the tests' agreements and `ACCORD`, in force from 2025 on by tacit renewal."""
    accords = folder / "accords"
    shutil.copytree(CONVENTIONS, accords)
    (accords / ACCORD).mkdir()
    for block in re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        name = block.split("\n")[0].removeprefix("# ")
        (accords / ACCORD / name).write_text(block, encoding="utf-8")
    return settings_for(folder, database_url, conventions_dir=accords)


def move(app: Any, account_id: int, scope: str) -> None:
    """Move an account's mandates to another scope."""
    from sqlalchemy import update

    from charters.database import writing
    from charters.tables.access import MandateRow

    with app.app_context(), writing() as session:
        session.execute(update(MandateRow).where(MandateRow.account_id == account_id).values(scope_id=scope))
