"""run_java: how the harness is called, apart from the bits it brings."""

import numpy as np
import pytest

from triplicate.java_parity import JavaJob, run_java
from triplicate.jdk import Jdk, find_jdk
from triplicate.runtime import RawRows
from triplicate.runtime.errors import ToolError

from java_cases import regression


def job(rows: int) -> JavaJob:
    """Return a job of a few equal rows."""
    colour = np.array(["red"] * rows, dtype=object)
    return JavaJob(regression(), RawRows((np.ones(rows), colour), rows))


def test_a_job_without_rows_gives_an_empty_matrix() -> None:
    """No rows are no error."""
    (scores,) = run_java([job(0)])
    assert scores.outputs.shape == (0, 1)
    assert (scores.errors, scores.disagreements) == ({}, ())


def test_jobs_keep_their_order_and_shape() -> None:
    """Each job gets its own rows back."""
    scores = run_java([job(1), job(3), job(2)])
    assert [score.outputs.shape for score in scores] == [(1, 1), (3, 1), (2, 1)]
    assert [len(score.unseen) for score in scores] == [1, 3, 2]


def test_a_jvm_that_fails_is_a_tool_error() -> None:
    """What the JVM says is passed on."""
    with pytest.raises(ToolError, match=r"java: exit code 1\n[\s\S]*NoSuchOption"):
        run_java([job(1)], options=["-XX:+NoSuchOption"])


def test_a_compiler_that_fails_is_a_tool_error() -> None:
    """A JDK whose compiler does not work ends the run with its name."""
    kit = find_jdk()
    with pytest.raises(ToolError, match="java: exit code"):
        run_java([job(1)], jdk=Jdk(kit.java, kit.java, kit.version))


def test_a_run_is_bounded_in_time() -> None:
    """A hanging program is ended."""
    with pytest.raises(ToolError, match="not finished after"):
        run_java([job(1)], timeout=0.01)
