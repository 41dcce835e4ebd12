"""What the parameters say about copies of the model: how many there are, what each learns, how often they meet."""

from dataclasses import dataclass, replace

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.backend import Backend, Local
from triplicate.trainer.copy_order import CopyOrder
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.local_copies import LocalCopies
from triplicate.trainer.network import Network, State
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.row_order import RowOrder
from triplicate.trainer.schedule import rows_per_iteration, rows_until_averaging

__all__ = ["CopyPlan"]


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """The copies of one training on a table of so many rows. One copy is the same as none."""

    parameters: Parameters
    rows: int

    def __post_init__(self) -> None:
        if self.copies > self.rows:
            raise ParameterError(f"copies must be at most the {self.rows:,} rows to learn from, got {self.copies:,}")

    @property
    def copies(self) -> int:
        """Number of copies that learn."""
        return self.parameters.working_copies

    @property
    def rows_of_a_copy(self) -> int:
        """Rows that one copy learns per epoch, rounded down."""
        return self.rows // self.copies

    def begun(self, state: State) -> State:
        """Return the state of an earlier training without what its copies kept, where this one has a single copy."""
        return replace(state, copies=(), drift=state.drift[:0]) if self.copies == 1 else state

    def order(self) -> RowOrder | CopyOrder:
        """Return the rows' order. It is the table's for train_samples_per_iteration=0 without shuffling."""
        p = self.parameters
        shuffled = p.shuffle_training_data or p.train_samples_per_iteration != 0
        if self.copies == 1:
            return RowOrder(self.rows, p.seed, shuffled=shuffled)
        return CopyOrder(self.rows, p.seed, self.copies, shuffled=shuffled, replicated=p.replicate_training_data)

    def backend(self, network: Network, rows: Rows, rule: Rule, batch: int) -> Backend:
        """Return what runs iterations."""
        p = self.parameters
        if self.copies == 1:
            return Local(network, rows, rule, batch, averaged=p.averaged_epochs, hogwild=p.parallel == "hogwild")
        rate = p.elastic_averaging_moving_rate if p.elastic_averaging else None
        return LocalCopies(network, rows, rule, batch, self.copies, rate, averaged=p.averaged_epochs)

    def rows_per_iteration(self, state: State, batch: int, work_per_row: float) -> int:
        """Return the rows of an iteration, of all copies together; `work_per_row` is that of ScoringSchedule."""
        p = self.parameters
        asked, total = p.train_samples_per_iteration, max(1, round(p.epochs * self.rows))
        if self.copies > 1 and asked == -2:
            numbers = state.parameters.size + state.squares.size + state.steps.size + state.average.size
            length = rows_until_averaging(numbers, work_per_row, p.target_ratio_comm_to_comp)
            step = self.copies * batch  # whole batches for every copy
            longest = min(rows_per_iteration(-2, self.rows, p.epochs), self.rows // self.copies)
            return min(total, max(1, round(min(length * self.copies, longest) / step)) * step)
        if asked == -1 and p.replicate_training_data:
            return min(self.copies * self.rows, total)
        return rows_per_iteration(asked, self.rows, p.epochs)
