"""The declaration of the training parameters, and what Parameters.of accepts."""

import dataclasses
import math
import re
import warnings

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameters import RULES, Parameters, Task, parameter_rule, parameter_table

BOOKLET = """
x y training_frame model_id overwrite_with_best_model validation_frame checkpoint autoencoder
pretrained_autoencoder use_all_factor_levels activation hidden epochs train_samples_per_iteration seed
adaptive_rate rho epsilon rate rate_annealing rate_decay momentum_start momentum_ramp momentum_stable
nesterov_accelerated_gradient input_dropout_ratio hidden_dropout_ratios categorical_encoding l1 l2 max_w2
initial_weight_distribution initial_weight_scale loss distribution quantile_alpha tweedie_power huber_alpha
score_interval score_training_samples score_validation_samples score_duty_cycle classification_stop
regression_stop stopping_rounds stopping_metric stopping_tolerance max_runtime_secs missing_values_handling
quiet_mode max_hit_ratio_k balance_classes class_sampling_factors max_after_balance_size
score_validation_sampling variable_importances fast_mode ignore_const_cols force_load_balance
replicate_training_data single_node_mode shuffle_training_data sparse col_major average_activation sparsity_beta
max_categorical_features reproducible export_weights_and_biases offset_column weights_column nfolds fold_column
fold_assignment keep_cross_validation_predictions
"""

GUIDE = """
response_column ignored_columns standardize max_confusion_matrix_size target_ratio_comm_to_comp diagnostics
elastic_averaging
"""

SHEET = """
keep_cross_validation_models keep_cross_validation_fold_assignment score_each_iteration initial_weights
initial_biases mini_batch_size elastic_averaging_moving_rate elastic_averaging_regularization
export_checkpoints_dir auc_type custom_metric_func gainslift_bins
"""

DEFAULTS = {
    "hidden": (200, 200), "epochs": 10.0, "train_samples_per_iteration": -2, "seed": -1, "adaptive_rate": True,
    "rho": 0.99, "epsilon": 1e-8, "rate": 0.005, "rate_annealing": 1e-6, "rate_decay": 1.0, "momentum_start": 0.0,
    "momentum_ramp": 1e6, "momentum_stable": 0.0, "nesterov_accelerated_gradient": True, "input_dropout_ratio": 0.0,
    "l1": 0.0, "l2": 0.0, "max_w2": 3.4028235e38, "initial_weight_scale": 1.0, "quantile_alpha": 0.5,
    "tweedie_power": 1.5, "huber_alpha": 0.9, "score_interval": 5.0, "score_training_samples": 10000,
    "score_validation_samples": 0, "score_duty_cycle": 0.1, "classification_stop": 0.0, "regression_stop": 1e-6,
    "stopping_rounds": 5, "stopping_tolerance": 0.0, "max_runtime_secs": 0.0, "max_hit_ratio_k": 10,
    "max_after_balance_size": 5.0, "max_categorical_features": 2147483647, "nfolds": 0, "gainslift_bins": -1,
    "elastic_averaging_moving_rate": 0.9, "elastic_averaging_regularization": 1e-3, "mini_batch_size": "auto",
    "threshold": "max_f1", "use_all_factor_levels": True, "variable_importances": False, "standardize": True,
}  # fmt: skip


def test_every_documented_parameter_is_declared_once() -> None:
    """The table holds every name of the booklet, the guide and the reference sheet, each once."""
    names = [record.name for record in parameter_table()]
    assert len(names) == len(set(names))
    assert set((BOOKLET + GUIDE + SHEET).split()) <= set(names)


def test_defaults_are_the_documented_ones() -> None:
    """Parameters without arguments have the documented defaults."""
    parameters = Parameters.of()
    assert {name: getattr(parameters, name) for name in DEFAULTS} == DEFAULTS
    assert parameters.changed() == {}


def test_every_default_obeys_its_own_rule() -> None:
    """Setting any parameter to its default is accepted and changes nothing."""
    for name, rule in RULES.items():
        assert Parameters.of(**{name: rule.default}) == Parameters(), name


def test_the_table_documents_every_parameter() -> None:
    """Each record has a full sentence, a source and a theme."""
    for record in parameter_table():
        assert record.doc.endswith("."), record.name
        assert record.source, record.name
        assert record.theme in {"data", "network", "learning", "control"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rho": 1.2}, "rho must be in (0, 1), got 1.2"),
        ({"rho": "x"}, "rho must be a number in (0, 1), got 'x'"),
        ({"epsilon": 0}, "epsilon must be greater than 0, got 0"),
        ({"epochs": -1}, "epochs must be at least 0, got -1"),
        ({"epochs": math.nan}, "epochs must be a number of at least 0, got nan"),
        ({"epochs": math.inf}, "epochs must be a finite number of at least 0, got inf"),
        ({"l1": 10**400}, f"l1 must be a finite number of at least 0, got {10**400}"),
        ({"mini_batch_size": math.inf}, "mini_batch_size must be an integer of at least 1 or 'auto', got inf"),
        ({"epochs": True}, "epochs must be a number of at least 0, got True"),
        ({"hidden": [50, 0]}, "hidden[1] must be at least 1, got 0"),
        ({"hidden": [50.5]}, "hidden[0] must be an integer of at least 1, got 50.5"),
        ({"hidden": 50}, "hidden must be a list, got 50; write [50] for a single value"),
        ({"hidden": "50"}, "hidden must be a list, got '50'; write ['50'] for a single value"),
        ({"adaptive_rate": 1}, "adaptive_rate must be True or False, got 1"),
        ({"input_dropout_ratio": 1}, "input_dropout_ratio must be in [0, 1), got 1"),
        ({"l1": -0.1}, "l1 must be at least 0, got -0.1"),
        ({"classification_stop": -0.5}, "classification_stop must be in [0, 1] or -1, got -0.5"),
        ({"mini_batch_size": 0}, "mini_batch_size must be at least 1 or 'auto', got 0"),
        ({"threshold": 1.5}, "threshold must be in [0, 1] or 'max_f1' or 'argmax', got 1.5"),
        ({"stopping_tolerance": 1.0}, "stopping_tolerance must be in [0, 1), got 1.0"),
        ({"train_samples_per_iteration": -3}, "train_samples_per_iteration must be at least -2, got -3"),
        ({"max_w2": 0}, "max_w2 must be greater than 0 or inf, got 0"),
        ({"nfolds": 1}, "nfolds must be at least 2 or 0, got 1"),
        ({"ignored_columns": "a"}, "ignored_columns must be a list, got 'a'; write ['a'] for a single value"),
        ({"ignored_columns": [1]}, "ignored_columns must be a list of texts, got 1 in it"),
        ({"model_id": ""}, "model_id must be a text of at least one character, got ''"),
        ({"hiden": [5]}, "'hiden' is not a parameter; did you mean 'hidden'?"),
        ({"zzz": 1}, "'zzz' is not a parameter"),
        ({"tweedie_power": 0.5}, "tweedie_power must be in [1, 2] or 0, got 0.5"),
    ],
)
def test_wrong_values_name_rule_and_value(given: dict[str, object], message: str) -> None:
    """A value of the wrong type or outside its range raises with name, rule and value."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        Parameters.of(**given)


def test_a_misspelt_choice_lists_the_choices() -> None:
    """An unknown choice raises with all choices and the closest one."""
    with pytest.raises(ParameterError, match=r"one of Rectifier, .*, got 'Rectifer'; did you mean 'Rectifier'\?"):
        Parameters.of(activation="Rectifer")


@pytest.mark.parametrize("spelling", ["cross_entropy", "CrossEntropy", "crossentropy", "CROSS-ENTROPY"])
def test_choices_ignore_case_and_punctuation(spelling: str) -> None:
    """Choices are matched by letters and digits alone and come back in the documented spelling."""
    assert Parameters.of(loss=spelling).loss == "CrossEntropy"


def test_values_come_back_in_their_own_types() -> None:
    """NumPy numbers, lists and whole floats become plain ints, floats and tuples."""
    parameters = Parameters.of(
        hidden=np.array([5, 6]), epochs=np.int64(3), l1=np.float32(0.5), score_training_samples=1e4
    )
    assert parameters.hidden == (5, 6)
    assert type(parameters.hidden[0]) is int
    assert parameters.epochs == 3.0
    assert type(parameters.epochs) is float
    assert parameters.l1 == 0.5
    assert parameters.score_training_samples == 10000


@pytest.mark.parametrize("hidden", [[], (), None])
def test_no_hidden_layer_is_allowed(hidden: object) -> None:
    """An empty list of hidden layers, or None, gives a linear model."""
    assert Parameters.of(hidden=hidden).hidden == ()


def test_an_unlimited_max_w2_is_off() -> None:
    """The booklet's default of max_w2, positive infinity, is accepted."""
    assert Parameters.of(max_w2=math.inf).max_w2 == math.inf


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"hidden_dropout_ratios": [0.1, 0.1]},
            "hidden_dropout_ratios needs an activation with dropout, got Rectifier",
        ),
        (
            {"hidden_dropout_ratios": [0.1], "activation": "TanhWithDropout"},
            "hidden_dropout_ratios must have one value per hidden layer: 2 layers, 1 values",
        ),
        ({"autoencoder": True, "loss": "CrossEntropy"}, "an autoencoder cannot have loss='CrossEntropy'"),
        ({"autoencoder": True, "distribution": "bernoulli"}, "an autoencoder cannot have distribution='bernoulli'"),
        ({"autoencoder": True, "stopping_metric": "AUC"}, "an autoencoder cannot have stopping_metric='AUC'"),
        ({"x": ["a"], "ignored_columns": ["b"]}, "give x or ignored_columns, not both"),
        ({"categorical": ["a"], "numeric": ["a"]}, "column 'a' cannot be both categorical and numeric"),
        ({"response_column": "a", "weights_column": "a"}, "column 'a' is named twice"),
        ({"response_column": "a", "y": "b"}, "y, 'b', and response_column, 'a', name different responses"),
        ({"na_values": ["NA", ""]}, "na_values need not hold the empty text"),
    ],
)
def test_contradictions_are_refused(given: dict[str, object], message: str) -> None:
    """Parameters that contradict each other raise ParameterError."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}"):
        Parameters.of(**given)


@pytest.mark.parameter("col_major")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rate": 0.1}, "rate: no effect while adaptive_rate is True"),
        ({"rho": 0.9, "adaptive_rate": False}, "rho: no effect while adaptive_rate is False"),
        ({"initial_weight_scale": 2.0}, "initial_weight_scale: read by the distributions Uniform and Normal only"),
        ({"stopping_rounds": 0, "stopping_tolerance": 0.1}, "stopping_tolerance: no effect while stopping_rounds is 0"),
        ({"overwrite_with_best_model": False, "averaged_epochs": 5}, "averaged_epochs: no effect while overwrite_with"),
        ({"col_major": True}, "col_major: deprecated, it changes nothing"),
    ],
)
def test_values_without_effect_warn(given: dict[str, object], message: str) -> None:
    """A value that nothing will read is accepted with a warning."""
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}"):
        Parameters.of(**given)


def test_plain_sgd_warns_of_nothing() -> None:
    """With adaptive_rate off, the rates have an effect and no warning comes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parameters = Parameters.of(adaptive_rate=False, rate=0.1, rate_annealing=0, rate_decay=0.9)
    assert parameters.rate == 0.1


@pytest.mark.parametrize(
    ("task", "distribution", "loss", "metric"),
    [
        (Task.BINOMIAL, "bernoulli", "CrossEntropy", "logloss"),
        (Task.MULTINOMIAL, "multinomial", "CrossEntropy", "logloss"),
        (Task.REGRESSION, "gaussian", "Quadratic", "deviance"),
        (Task.AUTOENCODER, "gaussian", "Quadratic", "MSE"),
    ],
)
def test_the_task_decides_automatic_values(task: Task, distribution: str, loss: str, metric: str) -> None:
    """for_task replaces AUTO and Automatic by what they mean, and draws the seed that was left open."""
    decided = Parameters.of(activation="TanhWithDropout", use_all_factor_levels=False).for_task(task)
    assert (decided.distribution, decided.loss, decided.stopping_metric) == (distribution, loss, metric)
    assert decided.hidden_dropout_ratios == (0.5, 0.5)
    assert decided.use_all_factor_levels is (task is Task.AUTOENCODER)
    assert decided.seed >= 0


def test_a_given_seed_is_kept() -> None:
    """for_task keeps a seed that was set."""
    assert Parameters.of(seed=7).for_task(Task.REGRESSION).seed == 7


@pytest.mark.parametrize(
    ("given", "task", "message"),
    [
        ({"distribution": "gaussian"}, Task.BINOMIAL, "distribution 'gaussian' is for a numeric response"),
        ({"distribution": "bernoulli"}, Task.MULTINOMIAL, "distribution 'bernoulli' needs a response of two classes"),
        ({"distribution": "multinomial"}, Task.REGRESSION, "distribution 'multinomial' needs a categorical response"),
        ({"loss": "CrossEntropy"}, Task.REGRESSION, "loss 'CrossEntropy' needs a categorical response"),
        ({"loss": "Quantile"}, Task.BINOMIAL, "loss 'Quantile' is for a numeric response"),
        ({"stopping_metric": "AUC"}, Task.REGRESSION, "stopping_metric 'AUC' does not exist for a regression model"),
        ({"stopping_metric": "AUC"}, Task.MULTINOMIAL, "stopping_metric 'AUC' does not exist for a multinomial model"),
        ({"stopping_metric": "MAE"}, Task.BINOMIAL, "stopping_metric 'MAE' does not exist for a binomial model"),
        ({"threshold": 0.3}, Task.MULTINOMIAL, "threshold=0.3 needs a response of two classes"),
    ],
)
def test_parameters_that_do_not_fit_the_task_are_refused(given: dict[str, object], task: Task, message: str) -> None:
    """Once the response is known, parameters for another kind of response raise ParameterError."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}"):
        Parameters.of(**given).for_task(task)


def test_dropout_per_layer_follows_the_activation() -> None:
    """Without a WithDropout activation nothing is dropped; with one, half of the units unless ratios are given."""
    assert Parameters.of().dropped_hidden == (0.0, 0.0)
    assert Parameters.of(activation="RectifierWithDropout").dropped_hidden == (0.5, 0.5)
    given = Parameters.of(activation="RectifierWithDropout", hidden_dropout_ratios=[0.1, 0.2])
    assert given.dropped_hidden == (0.1, 0.2)
    assert given.base_activation == "Rectifier"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, None),
        ({"classification": True}, True),
        ({"distribution": "bernoulli"}, True),
        ({"distribution": "gaussian"}, False),
    ],
)
def test_the_kind_of_task_that_is_asked_for(given: dict[str, object], wanted: bool | None) -> None:
    """classification, or else the distribution, asks for classes or numbers."""
    assert Parameters.of(**given).wants_classes is wanted


def test_replace_checks_the_whole_again() -> None:
    """Replace keeps the other values and refuses what no longer fits together."""
    parameters = Parameters.of(activation="TanhWithDropout", hidden=[5], hidden_dropout_ratios=[0.2])
    assert parameters.replace(epochs=2).hidden_dropout_ratios == (0.2,)
    with pytest.raises(ParameterError, match="hidden_dropout_ratios needs"):
        parameters.replace(activation="Tanh")


def test_parameters_compare_and_print_without_their_tables() -> None:
    """Tables take no part in equality or repr, and as_dict leaves them out."""
    parameters = Parameters.of(training_frame=pd.DataFrame({"a": [1]}), max_w2=math.inf)
    assert parameters == Parameters.of(max_w2=math.inf)
    assert "training_frame" not in repr(parameters)
    assert "training_frame" in parameters.changed()
    plain = parameters.as_dict()
    assert plain["hidden"] == [200, 200]
    assert plain["max_w2"] == "inf"
    assert "training_frame" not in plain


def test_parameters_are_frozen() -> None:
    """A parameter cannot be changed after the check."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Parameters.of().epochs = 3.0  # type: ignore[misc]


def test_an_unknown_rule_is_refused() -> None:
    """Asking for the declaration of an unknown name raises with a hint."""
    with pytest.raises(ParameterError, match="did you mean 'epochs'"):
        parameter_rule("epoch")
