"""The documentation says what the code says."""

import re
from pathlib import Path

import pytest

from triplicate.parameter_page import parameter_page

ROOT = Path(__file__).parent.parent
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md"])


def test_the_parameter_page_is_the_one_the_code_makes() -> None:
    """docs/parameters.md equals the generated page."""
    assert (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8") == parameter_page()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that exists."""
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []
