"""Models that H2O 3.46.0.7 trained, with the scores of its own reader: the folder fixtures/h2o beside the data."""

import csv
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triplicate.importers import mojo
from triplicate.runtime import ScoringModel

__all__ = ["Fixture", "fixture_folder", "fixtures"]


def fixture_folder(data_folder: Path) -> Path:
    """Return fixtures/h2o, which stands beside the folder of the data sets."""
    return data_folder.resolve().parent / "fixtures" / "h2o"


@dataclass(frozen=True, slots=True)
class Fixture:
    """One folder: a MOJO, raw rows, H2O's predictions."""

    folder: Path

    @property
    def rows(self) -> Path:
        """The raw rows."""
        return self.folder / "rows.csv"

    def model(self) -> ScoringModel:
        """Return the imported model; its notes are checked elsewhere."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return mojo(self.folder / "model.zip")

    def parameters(self) -> dict[str, Any]:
        """Return what params.json says."""
        said: dict[str, Any] = json.loads((self.folder / "params.json").read_text(encoding="utf-8"))
        return said

    def table(self, name: str) -> list[dict[str, str]]:
        """Return the records of a CSV file of the folder."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def fixtures(data_folder: Path, *, refused: bool = False) -> list[Fixture]:
    """Return the folders whose models can be read, or those that must be refused."""
    folders = sorted(path for path in fixture_folder(data_folder).iterdir() if path.is_dir())
    return [Fixture(path) for path in folders if path.name.startswith("refuse_") is refused]
