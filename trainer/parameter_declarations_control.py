"""Parameters about control: scoring, stopping, cross-validation, reports."""

# ruff: noqa: RUF009 (the calls are field declarations)
from dataclasses import dataclass
from typing import Any

from triplicate.trainer.parameter_rules import choice, flag, integer, number, table_or_model, text

__all__ = ["ControlParameters"]

BOTH = "booklet 8, guide"
SHEET = "H2O 3.46"
OURS = "Triplicate"


@dataclass(frozen=True, kw_only=True)
class ControlParameters:
    """The part of Parameters that describes when to score and stop, and what to report."""

    stopping_rounds: int = integer(
        5, "Stop when the average of this many scores has not improved over as many scorings; 0 is off.", BOTH, low=0
    )
    stopping_metric: str = choice(
        "AUTO", "Metric of early stopping and of the best model; AUTO is logloss for classes, deviance for numbers, "
        "MSE for autoencoders.", BOTH,
        choices=("AUTO", "deviance", "logloss", "MSE", "RMSE", "MAE", "RMSLE", "AUC", "AUCPR", "lift_top_group",
                 "misclassification", "mean_per_class_error", "custom", "custom_increasing"),
        aliases=(("lift_top_gain", "lift_top_group"), ("auto", "AUTO"), ("pr_auc", "AUCPR")),
    )  # fmt: skip
    stopping_tolerance: float = number(
        0.0, "Relative improvement that early stopping asks for.", BOTH, low=0, high=1, open_high=True
    )
    classification_stop: float = number(
        0.0, "Stop when the share of wrong labels on the training rows is at most this; -1 is off.", BOTH,
        low=0, high=1, also=(-1,),
    )  # fmt: skip
    regression_stop: float = number(
        1e-6, "Stop when the mean squared error on the training rows is at most this; -1 is off.", BOTH,
        low=0, also=(-1,),
    )  # fmt: skip
    max_runtime_secs: float = number(0.0, "Stop after this many seconds; 0 is no limit.", BOTH, low=0)
    overwrite_with_best_model: bool = flag(True, "Return the weights that scored best instead of the last ones.", BOTH)
    average_weights: bool = flag(
        False, "Return the running average of the weights whatever it scores; otherwise it is a candidate for the best "
        "model.", OURS,
    )  # fmt: skip
    averaged_epochs: float = number(
        1.0, "Epochs that the running average of the weights reaches back, at most the last 30 % of the training.",
        OURS, low=0, open_low=True,
    )  # fmt: skip

    score_training_samples: int = integer(
        10000, "About how many training rows are drawn for scoring; 0 takes all.", BOTH, low=0
    )
    score_validation_samples: int = integer(
        0, "About how many validation rows are drawn for scoring; 0 takes all.", BOTH, low=0
    )
    score_validation_sampling: str = choice(
        "Uniform", "How validation rows are drawn for scoring while training: Stratified, which acts with "
        "balance_classes only, makes classes as equal as they can be without repeating a row.", "booklet 8",
        choices=("Uniform", "Stratified"),
    )  # fmt: skip
    score_interval: float = number(
        5.0, "Shortest time in seconds between two scorings; read only when set to another value than its default, and "
        "then the same seed may give another model.", BOTH, low=0,
    )  # fmt: skip
    score_duty_cycle: float = number(
        0.1, "Largest share of the work that scoring may take, computed from work done.", BOTH, low=0, high=1
    )
    score_each_iteration: bool = flag(False, "Score after every iteration.", SHEET)

    nfolds: int = integer(0, "Number of cross-validation folds; 0 is none.", BOTH, low=2, also=(0,))
    fold_assignment: str = choice(
        "AUTO", "How rows are put into folds; AUTO is Random.", BOTH,
        choices=("AUTO", "Random", "Modulo", "Stratified"),
    )  # fmt: skip
    fold_column: str | None = text(None, "Column that holds each row's fold.", BOTH, optional=True)
    keep_cross_validation_models: bool = flag(True, "Keep the models of the folds.", SHEET)
    keep_cross_validation_predictions: bool = flag(
        False, "Keep what the folds' models predict for the rows they did not see.", "booklet 8"
    )
    keep_cross_validation_fold_assignment: bool = flag(False, "Keep the fold of every row.", SHEET)

    quiet_mode: bool = flag(False, "Print nothing while training.", BOTH)
    verbose: bool = flag(
        False, "Print the scoring history while training, a line per scoring, in place of the progress bar.", SHEET
    )
    variable_importances: bool = flag(
        False, "Put the variable importances of the finished model into its file; varimp() computes them at any time.",
        BOTH,
    )  # fmt: skip
    diagnostics: bool = flag(
        True, "Show rates, weights and biases of each layer in the table of neuron_layers().", "guide"
    )
    max_confusion_matrix_size: int = integer(
        20, "Largest number of classes whose confusion matrix is printed with a model's metrics.", "guide", low=0
    )
    max_hit_ratio_k: int = integer(
        10, "Number of most probable classes that hit ratios count, for more than two classes; 0 is off.", BOTH,
        low=0,
    )  # fmt: skip
    auc_type: str = choice(
        "AUTO", "How AUC is averaged over more than two classes; AUTO computes none.", SHEET,
        choices=("AUTO", "NONE", "MACRO_OVR", "WEIGHTED_OVR", "MACRO_OVO", "WEIGHTED_OVO"),
    )  # fmt: skip
    gainslift_bins: int = integer(
        -1, "Groups of the gains and lift table; -1 chooses by itself, 0 is off.", SHEET, low=-1
    )
    custom_metric_func: Any = table_or_model(
        None,
        "Function of your own, function(actual, predicted, weights) -> number: shown in the history and the "
        "metrics; stopping_metric custom (less is better) or custom_increasing stops by it.",
        SHEET,
        optional=True,
    )
    export_weights_and_biases: bool = flag(
        False, "Offer weights and biases as tables; weights() and biases() do so at any time.", BOTH
    )
    export_checkpoints_dir: str | None = text(
        None,
        "Folder that receives the model with its training state, <model_id>.npz, after each scoring and at the end.",
        SHEET,
        optional=True,
    )
