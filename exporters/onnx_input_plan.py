"""How the columns reach the network's inputs, arranged for a graph: which tables stack, which inputs are shared."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["InputPlan", "TableGroup", "plan_inputs"]

IntegerArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TableGroup:
    """Categorical columns with tables of one width k, stacked row upon row.

    `columns` are positions in ScoringModel.columns, `bases` the first stacked row of each. `inputs` (-1 for
    nothing) and `values` have shape (stacked rows, k). `plain`: every value is 1, or 0 where the input is -1.
    """

    columns: tuple[int, ...]
    bases: IntegerArray
    inputs: IntegerArray
    values: npt.NDArray[np.float64]
    plain: bool

    @property
    def width(self) -> int:
        """Contributions per cell: k."""
        return int(self.inputs.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class InputPlan:
    """The numeric columns, the groups of categorical ones, and the inputs that several contributions share.

    A contribution to an input of its own may be multiplied into the first layer directly. A shared input is
    first added up, in the contract's order: its sum may cancel, and the weights must meet the rounded sum.
    """

    numeric: tuple[int, ...]
    groups: tuple[TableGroup, ...]
    shared: IntegerArray

    @property
    def categorical(self) -> tuple[int, ...]:
        """Positions of the categorical columns, group by group: the order of the codes in the graph."""
        return tuple(column for group in self.groups for column in group.columns)

    def own(self, inputs: IntegerArray) -> IntegerArray:
        """Return the inputs with every shared one replaced by -1."""
        return np.where(np.isin(inputs, self.shared), -1, inputs)


def plan_inputs(model: ScoringModel) -> InputPlan:
    """Arrange the columns of a model."""
    numeric = tuple(i for i, column in enumerate(model.columns) if isinstance(column, Numeric))
    kinds: dict[tuple[int, bool], list[int]] = {}
    for position, column in enumerate(model.columns):
        if isinstance(column, Categorical):
            plain = bool((column.values == (column.inputs >= 0)).all())
            kinds.setdefault((int(column.inputs.shape[1]), plain), []).append(position)
    groups = tuple(_stack(model, columns, plain) for (_, plain), columns in kinds.items())
    return InputPlan(numeric, groups, _shared_inputs(model))


def _stack(model: ScoringModel, positions: list[int], plain: bool) -> TableGroup:
    tables = [column for column in (model.columns[p] for p in positions) if isinstance(column, Categorical)]
    rows = np.array([0, *(len(table.inputs) for table in tables[:-1])], dtype=np.int64)
    return TableGroup(
        columns=tuple(positions),
        bases=np.cumsum(rows),
        inputs=np.concatenate([table.inputs for table in tables]).astype(np.int64),
        values=np.concatenate([table.values for table in tables]),
        plain=plain,
    )


def _shared_inputs(model: ScoringModel) -> IntegerArray:
    """Return the inputs that two columns reach, or one column twice in one row, in ascending order."""
    reached = np.zeros(model.inputs, dtype=np.int64)
    for column in model.columns:
        if isinstance(column, Numeric):
            reached[column.input] += 1
            continue
        targets = np.sort(column.inputs, axis=1)
        reached[np.unique(targets[targets >= 0])] += 1
        repeated = targets[:, 1:][(targets[:, 1:] == targets[:, :-1]) & (targets[:, 1:] >= 0)]
        reached[repeated] += 1
    return np.flatnonzero(reached > 1).astype(np.int64)
