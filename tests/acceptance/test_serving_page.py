"""The page of `triplicate serve` in a browser: a person fills in a row and sees the prediction and its reasons."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from triplicate import load_scorer, save_model
from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    LabelRule,
    Layer,
    Metadata,
    Numeric,
    Reconstruction,
    ScoringModel,
)

from chromium import Chromium, chromium
from servers import served

pytestmark = pytest.mark.acceptance
EVIL = "<script>document.title='owned'</script>"
TABLE = np.array([[1], [2], [3], [-1], [-1]], dtype=np.int32)
TOWN = Categorical(EVIL, ("Rome", "<b>Oslo</b>", "Bonn"), TABLE, (TABLE >= 0).astype(float))
AGE = Numeric("age", 0, subtract=40.0, multiply=0.1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """Return a page of a browser."""
    with chromium() as page:
        yield page


def text(browser: Chromium, selector: str) -> str:
    """Return what a reader sees in an element."""
    shown = browser.run(f"document.querySelector({json.dumps(selector)}).innerText")
    assert isinstance(shown, str)
    return shown


def choose(browser: Chromium, selector: str, option: int) -> None:
    """Choose an option of a select box and tell the page, as a click on it does."""
    found = f"document.querySelector({json.dumps(selector)})"
    browser.run(f"{found}.selectedIndex = {option}; {found}.dispatchEvent(new Event('change', {{bubbles: true}}))")


def answered(browser: Chromium, number: int) -> None:
    """Wait for the answer to the page's question of this number, or a later one."""
    browser.wait(f"Number(document.body.dataset.answered) >= {number}")


def test_a_person_classifies_a_row(browser: Chromium, tmp_path: Path) -> None:
    """Typed numbers and chosen levels become a label, probabilities and reasons; a mistake is shown at its field."""
    layer = Layer(np.array([[0.0] * 4, [1.0, 0.5, 3.0, -1.0]]), np.zeros(2), Activation.LINEAR)
    head = Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=0.5)
    model = ScoringModel((AGE, TOWN), (layer,), head, metadata=Metadata.of({"response": "buys"}))
    save_model(model, tmp_path / "shop.npz")
    with served(tmp_path / "shop.npz", "--name", EVIL) as (_, port):
        browser.open(f"http://127.0.0.1:{port}/")
        assert text(browser, "h1") == EVIL
        assert browser.run("document.title") == EVIL
        assert browser.run("document.querySelectorAll('script').length") == 2
        assert text(browser, "#field1 label") == EVIL
        browser.type("#cell0", "55")
        choose(browser, "#cell1", 2)
        browser.press("button.main")
        answered(browser, 1)
        scores = load_scorer(tmp_path / "shop.npz").score([{"age": 55, EVIL: "<b>Oslo</b>"}])
        assert text(browser, "#caption") == "Predicted buys"
        assert text(browser, "#value") == scores.labels[0] == "yes"
        no, yes = (f"{100 * share:.1f} %" for share in scores.probabilities[0])
        assert text(browser, "#bars").split("\n") == ["yes", yes, "no", no]
        reasons = text(browser, "#reasons")
        assert reasons.index("<b>Oslo</b>") < reasons.index("age 55")
        assert "against its usual 40" in reasons
        browser.type("#cell0", "x")
        browser.press("button.main")
        answered(browser, 2)
        assert "row 0, column 'age': '55x' is not a number" in text(browser, "#problem")
        assert browser.run("document.querySelector('#field0').classList.contains('wrong')")
        browser.press("button[type=reset]")
        assert browser.run("document.querySelector('#answer').hidden && document.querySelector('#problem').hidden")
        assert not [entry for entry in browser.log if "422" not in entry]


def test_the_page_fits_its_window(browser: Chromium, tmp_path: Path) -> None:
    """An autoencoder of many long names has its verdict and reasons, and nothing is wider than the window."""
    columns = tuple(Numeric(f"{'long_' * 12}{number}", number) for number in range(20))
    layer = Layer(np.zeros((20, 20)), np.zeros(20), Activation.LINEAR)
    targets = np.arange(20)
    head = Reconstruction(targets, np.ones(20), targets, np.ones(20), np.zeros(20), threshold=1.0)
    save_model(ScoringModel(columns, (layer,), head), tmp_path / "machine.npz")
    with served(tmp_path / "machine.npz") as (_, port):
        for width in (1200, 380):
            browser.open(f"http://127.0.0.1:{port}/", width=width)
            browser.type("#cell7", "3")
            browser.press("button.main")
            answered(browser, 1)
            assert text(browser, "#value") == "Anomaly"
            assert text(browser, "#reasons").startswith(columns[7].name)
            assert browser.run("document.documentElement.scrollWidth") <= width
