"""The page of a model: everything in it that comes from the model is text, and nothing comes from elsewhere."""

import json
import re
from html.parser import HTMLParser

import numpy as np

from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    Layer,
    Metadata,
    Numeric,
    Regression,
    Scorer,
    ScoringModel,
)
from triplicate.serving import NumpyEngine, create_app
from triplicate.serving.page_of_model import page_file, page_html

from random_models import HOSTILE_TEXTS, random_model
from servers import Client

EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'


class Elements(HTMLParser):
    """Collects the tags, the attributes that run code or load files, and the texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and what it loads."""
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href") or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)


def evil_model(levels: tuple[str, ...] = (EVIL, "<b>", "&amp;")) -> ScoringModel:
    """Return a classifier whose names are all markup."""
    table = np.arange(len(levels) + 2, dtype=np.int32)[:, np.newaxis] % 3
    columns = (Categorical(EVIL, levels, table, np.ones(table.shape)), Numeric("<script>", 3))
    layer = Layer(np.ones((2, 4)), np.zeros(2), Activation.LINEAR)
    metadata = Metadata.of({"response": EVIL})
    return ScoringModel(columns, (layer,), Classification((EVIL, "no")), metadata=metadata)


def elements(page: str) -> Elements:
    """Return the parsed page."""
    parser = Elements()
    parser.feed(page)
    return parser


def test_names_levels_and_labels_are_text() -> None:
    """Markup in a name makes no element: no new tag, and no file but its own."""
    found = elements(page_html(evil_model(), EVIL, "numpy"))
    assert found.tags.count("script") == 2
    assert {"img", "b"}.isdisjoint(found.tags)
    assert found.loaded[:3] == ["page.css", "data:,", "page.js"]
    assert EVIL in found.texts


def test_the_schema_in_the_page_is_the_model_s() -> None:
    """The script's data holds names and levels unchanged."""
    page = page_html(evil_model(), "m", "onnx")
    (text,) = re.findall(r'<script type="application/json" id="schema">(.*?)</script>', page)
    schema = json.loads(text)
    assert [column["name"] for column in schema["columns"]] == [EVIL, "<script>"]
    assert schema["columns"][0]["levels"] == [EVIL, "<b>", "&amp;"]
    assert schema["response"] == EVIL


def test_every_model_has_a_page() -> None:
    """A field per raw column, the offset too, whatever the names hold."""
    for seed in range(14):
        model = random_model(seed)
        found = elements(page_html(model, HOSTILE_TEXTS[seed], "numpy"))
        assert found.tags.count("label") == len(model.row_names)
        assert found.tags.count("script") == 2


def test_a_field_fits_its_column() -> None:
    """Few levels are a select box, many are typed, and a number shows what a missing one counts as."""
    many = tuple(f"level {number}" for number in range(1001))
    assert "one of 1001 levels" in page_html(evil_model(many), "m", "numpy")
    layer = Layer(np.ones((1, 1)), np.zeros(1), Activation.LINEAR)
    model = ScoringModel((Numeric("age", 0, subtract=38.58, multiply=0.1),), (layer,), Regression(offset="base"))
    page = page_html(model, "m", "numpy")
    assert 'placeholder="38.58"' in page
    assert 'placeholder="needed, 0 for none"' in page


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Page, style and script name no other host, and the headers forbid one."""
    client = Client(create_app(NumpyEngine(Scorer(evil_model())), "m"))
    for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")):
        answer = client.get(path)
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert b"//" not in re.sub(rb"\s// .*", b"", answer.body)
    client.close()


def test_the_script_writes_no_html() -> None:
    """What the server says reaches the page as text only."""
    script = page_file("page.js")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", script)
