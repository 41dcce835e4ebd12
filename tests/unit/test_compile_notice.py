"""While kernels are compiled: a word on stderr, once, for large kernels, never when quiet; no garbage collection."""

import gc

import pytest
from numba.core import event

from triplicate.trainer.batch_learner import learn_batches
from triplicate.trainer.compile_aside import CompiledAside
from triplicate.trainer.compile_notice import NOTICE, compile_notice
from triplicate.trainer.forward_pass import score_batches
from triplicate.trainer.initialization import uniform_weights
from triplicate.trainer.row_kernels import learn_rows


def compile_in_name(kernel: object) -> None:
    """Say what numba says when it compiles a kernel."""
    with event.trigger_event("numba:compile", data={"dispatcher": kernel, "args": (), "return_type": None}):
        pass


@pytest.mark.parametrize(
    ("quiet", "kernels", "expected"),
    [
        (False, [uniform_weights, learn_rows, learn_batches, learn_rows], NOTICE + "\n"),
        (False, [uniform_weights], ""),
        (False, [], ""),
        (True, [learn_rows], ""),
    ],
)
def test_when_the_user_is_told(
    capsys: pytest.CaptureFixture[str], quiet: bool, kernels: list[object], expected: str
) -> None:
    """One line for any number of large kernels, none for small ones, for none at all, or in quiet mode."""
    with compile_notice(quiet=quiet):
        for kernel in kernels:
            compile_in_name(kernel)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", expected)
    compile_in_name(learn_rows)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("collects", [True, False])
def test_no_garbage_is_collected_while_kernels_are_compiled(collects: bool) -> None:
    """The collector rests until the outermost kernel is compiled, even where that fails, and is then as it was."""
    seen = []

    def compile_two() -> None:
        with event.trigger_event("numba:compile", data={"dispatcher": learn_rows}):
            compile_in_name(uniform_weights)
            seen.append(gc.isenabled())
            raise ZeroDivisionError

    was = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        with compile_notice(quiet=True):
            with pytest.raises(ZeroDivisionError):
                compile_two()
            seen.append(gc.isenabled())
    finally:
        (gc.enable if was else gc.disable)()
    assert seen == [False, collects]


def test_another_process_starts_with_a_kernel_of_learning_only() -> None:
    """What compiles aside is told to start by the kernels that take longest, and stopped at the end."""
    told: list[str] = []

    class Aside(CompiledAside):
        def start(self) -> None:
            told.append("start")

        def stop(self) -> None:
            told.append("stop")

    with compile_notice(Aside(), quiet=True):
        for kernel in (uniform_weights, score_batches):
            compile_in_name(kernel)
        assert told == []
        compile_in_name(learn_rows)
        assert told == ["start"]
    assert told == ["start", "stop"]
