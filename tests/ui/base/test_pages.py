"""The table of pages is complete, and everything made from it agrees."""

from collections import Counter
from pathlib import Path

import pytest

from ui.base.language import LANGUAGES
from ui.base.pages import FOLDER, GROUPS, PAGES, in_group, markdown, script

ROOT = Path(__file__).resolve().parents[3]
README = {"en": "README.md", "ja": "README.ja.md"}


def test_a_row_a_file_and_a_folder_of_views() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(PAGES)
    views = {path.name for path in (ROOT / "ui" / "views").iterdir() if path.is_dir()}
    assert views - {"__pycache__"} == set(PAGES)
    assert all(script(key).is_file() for key in PAGES)


def test_groups_hold_every_page_in_the_order_of_the_menu() -> None:
    assert [key for group in GROUPS for key in in_group(group)] == list(PAGES)


@pytest.mark.parametrize("field", ["title", "icon", "question"])
def test_no_two_pages_share(field: str) -> None:
    values = Counter(getattr(page, field) for page in PAGES.values())
    assert "" not in values and values.most_common(1)[0][1] == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_has_the_table(language: str) -> None:
    written = (ROOT / README[language]).read_text(encoding="utf-8")
    assert markdown(language) in written, f"put in what `python -m ui.base.pages {language}` prints"
