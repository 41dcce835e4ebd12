"""Start weights: the generator's vectors, the three distributions, one stream per layer."""

import math

import numpy as np
import pytest
from open_kernels import next_below, next_double, next_float, next_gaussian, next_int

from triplicate.trainer.initialization import adaptive_range, start_weights
from triplicate.trainer.pcg import first_floats, seeded, shuffle

FIRST = [
    [0.7444122, -0.0673304, -0.3148092, -0.5294199],
    [0.0595431, 0.1296094, 0.6890593, -0.3846940],
    [-0.5320347, 0.3870282, -0.1016089, 0.2444716],
]
SECOND = [[0.3544999, -3.1005380, -3.2185516], [2.7913172, 0.9296808, -0.4376031]]


def test_integers_of_seed_42() -> None:
    """The first four draws of seed 42 have the published 32-bit patterns."""
    state = seeded(42)
    drawn = [np.uint32(next_int(state)).astype(np.int32) for _ in range(4)]
    assert drawn == [1307692281, -444364974, 1491967504, -203195567]


def test_floats_doubles_and_gaussians_of_seed_42() -> None:
    """Derived draws of seed 42 agree to every published digit."""
    floats, doubles = seeded(42), seeded(42)
    assert [next_float(floats) for _ in range(3)] == pytest.approx([0.5137836, 0.8886004, 0.9917703], abs=5e-8)
    assert [next_double(doubles) for _ in range(2)] == pytest.approx([0.37844590, 0.74794257], abs=5e-9)
    assert next_gaussian(seeded(42))[0] == pytest.approx(-0.67836954, abs=5e-9)


def test_many_generators_draw_at_once() -> None:
    """The first floats of many generators are those of each."""
    seeds = np.array([0, 1, 42, 2**32 + 5, 2**63, 2**64 - 1], dtype=np.uint64)
    assert first_floats(seeds).tolist() == [next_float(seeded(int(seed))) for seed in seeds]


def test_seeds_are_taken_modulo_two_to_the_64() -> None:
    """A negative seed and its 64-bit complement start the same stream."""
    assert next_int(seeded(-5)) == next_int(seeded(2**64 - 5))


def test_shuffle_is_a_permutation_of_equal_chances() -> None:
    """Every value lands on every position about equally often."""
    state, counts = seeded(7), np.zeros((5, 5))
    for _ in range(4000):
        values = np.arange(5)
        shuffle(state, values)
        assert sorted(values) == [0, 1, 2, 3, 4]
        counts[np.arange(5), values] += 1
    assert np.abs(counts - 800).max() < 120


def test_draws_below_a_bound() -> None:
    """A draw below a bound is the 32-bit draw modulo the bound."""
    assert next_below(seeded(42), 10) == 1307692281 % 10


def test_adaptive_weights_of_seed_1() -> None:
    """UniformAdaptive gives the published weights, four times as wide before a softmax."""
    first = start_weights(1, 0, 4, 3, distribution="UniformAdaptive", scale=9.0, softmax=False)
    second = start_weights(1, 1, 3, 2, distribution="UniformAdaptive", scale=9.0, softmax=True)
    np.testing.assert_allclose(first.T, FIRST, atol=5e-8)
    np.testing.assert_allclose(second.T, SECOND, atol=5e-7)
    assert first.dtype == np.float32
    assert first.flags.c_contiguous


def test_adaptive_range_examples() -> None:
    """The half width is sqrt(6 / (inputs + units))."""
    assert adaptive_range(10, 200) == pytest.approx(0.16903, abs=5e-6)
    assert adaptive_range(200, 200) == pytest.approx(0.12247, abs=5e-6)


def test_uniform_and_normal_follow_the_scale() -> None:
    """Uniform fills the interval of its scale, Normal has it as standard deviation; softmax changes neither."""
    uniform = start_weights(3, 0, 300, 200, distribution="Uniform", scale=0.5, softmax=True)
    normal = start_weights(3, 0, 301, 201, distribution="Normal", scale=2.0, softmax=True)
    assert 0.499 < np.abs(uniform).max() <= 0.5
    assert uniform.std() == pytest.approx(0.5 / math.sqrt(3), rel=0.01)
    assert normal.std() == pytest.approx(2.0, rel=0.01)
    assert abs(normal.mean()) < 0.02


def test_layers_have_streams_of_their_own() -> None:
    """Two layers of one shape start with different weights."""
    one, two = (start_weights(1, layer, 5, 5, distribution="Uniform", scale=1.0, softmax=False) for layer in (0, 1))
    assert (one != two).all()
