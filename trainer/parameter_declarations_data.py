"""Parameters about the tables: which rows and columns take part, and how columns become inputs."""

# ruff: noqa: RUF009 (the calls are field declarations)
from dataclasses import dataclass
from typing import Any

from triplicate.trainer.parameter_rules import (
    choice,
    flag,
    integer,
    number,
    numbers_list,
    table_or_model,
    text,
    texts,
)

__all__ = ["DataParameters"]

BOTH = "booklet 8, guide"
OURS = "Triplicate"


@dataclass(frozen=True, kw_only=True)
class DataParameters:
    """The part of Parameters that describes the data."""

    model_id: str | None = text(None, "Name of the model in its summary and its file.", BOTH, optional=True)
    training_frame: Any = table_or_model(None, "Table to learn from; an argument of train().", BOTH, optional=True)
    validation_frame: Any = table_or_model(
        None, "Table that is only scored: it steers early stopping and the choice of the best model.", BOTH,
        optional=True,
    )  # fmt: skip
    x: Any = table_or_model(
        None, "Names or positions of the predictors; all columns but the special ones when not given.", BOTH,
        optional=True,
    )  # fmt: skip
    y: Any = table_or_model(
        None, "Name or position of the response; an argument of train().", "booklet 8", optional=True
    )
    response_column: str | None = text(
        None, "Name of the response: text or booleans are classified, numbers are regressed on.", "guide",
        optional=True,
    )  # fmt: skip
    ignored_columns: tuple[str, ...] | None = texts(
        None, "Columns that are left out of the model.", "guide", optional=True
    )
    ignore_const_cols: bool = flag(
        True, "Leave out columns that hold one value only, or none; they are reported.", BOTH
    )
    weights_column: str | None = text(
        None, "Column of row weights, not negative: the factor of each row's loss and of its part in metrics.", BOTH,
        optional=True,
    )  # fmt: skip
    offset_column: str | None = text(
        None, "Column of numbers of any sign, added to a regression's prediction, or to its logarithm where the link "
        "is log; such models need it to predict too.", BOTH, optional=True,
    )  # fmt: skip
    categorical: tuple[str, ...] = texts(
        (), "Columns that are read as categories although they hold numbers (postcodes, codes).", OURS
    )
    numeric: tuple[str, ...] = texts((), "Columns that are read as numbers although they are stored as text.", OURS)
    na_values: tuple[str, ...] = texts(
        (), "Texts that mean a missing cell in CSV files, beside the empty cell; stored in the model.", OURS
    )
    classification: bool | None = flag(
        None, "True classifies a response of whole numbers; None decides by the response's type.", OURS,
        optional=True,
    )  # fmt: skip
    unseen_levels: str = choice(
        "missing", "What a model does with a category that training did not see: count it and go the way of "
        "missing cells, or refuse the row. Of autoencoders: anomaly gives it an input of its own, which nothing "
        "rebuilds, so that it always counts as an error of its column.", OURS,
        choices=("missing", "error", "anomaly"),
    )  # fmt: skip

    standardize: bool = flag(
        True, "Scale numeric columns to mean 0 and standard deviation 1 (autoencoders: mean 0 and range 1; columns "
        "with the same value in 96 % of the rows: mean 0 and largest distance 1), and the response of a regression "
        "with identity link.", BOTH,
    )  # fmt: skip
    missing_values_handling: str = choice(
        "MeanImputation", "Replace missing numbers by the column's mean, or skip such rows in training; missing "
        "categories have an input of their own.", BOTH, choices=("MeanImputation", "Skip"),
    )  # fmt: skip
    use_all_factor_levels: bool = flag(
        True, "Give the first level of a categorical column an input too; always so in autoencoders.", BOTH
    )
    categorical_encoding: str = choice(
        "AUTO",
        "How categories become inputs. AUTO is OneHotInternal: one input per level and one for missing. Binary: the "
        "binary digits of the level's number; Eigen: one number, the level's entry in a leading eigenvector of the "
        "one-hot columns; LabelEncoder: the level's number, or the number it spells (all three scaled like numbers). "
        "SortByResponse: one-hot, levels in the order of their mean response. EnumLimited: one-hot of the ten most "
        'frequent levels and "other".',
        BOTH,
        choices=("AUTO", "OneHotInternal", "Binary", "Eigen", "LabelEncoder", "SortByResponse", "EnumLimited"),
        refused=(
            ("Enum", "a network needs numbers, and Enum leaves levels as they are"),
            ("OneHotExplicit", "it is OneHotInternal, with a dense column per level that takes far more memory"),
        ),
    )  # fmt: skip
    max_categorical_features: int = integer(
        2147483647, "Upper limit of the number of one-hot inputs, over all columns together: where there would be "
        "more, each is hashed (MurmurHash2 of its number, with the seed) to one of so many, and those that meet add "
        "up. Not for autoencoders.", BOTH, low=1, high=2147483647,
    )  # fmt: skip
    sparse: bool = flag(
        False, "Keep zeros zero, so that they cost nothing: numbers are scaled but not centred, and a missing number "
        "is 0; autoencoders are centred all the same. Categories never take memory for levels that a row does not "
        "have, with or without this.", BOTH,
    )  # fmt: skip
    col_major: bool = flag(
        False, "Deprecated storage order of the first weights; True is accepted with a warning and changes nothing.",
        BOTH,
    )  # fmt: skip
    shuffle_training_data: bool = flag(
        False, "Learn rows in a new random order in each pass. So it is anyway, but for train_samples_per_iteration=0, "
        "where an iteration is one pass over the table: False keeps the table's order there.", BOTH,
    )  # fmt: skip
    balance_classes: bool = flag(
        False, "Draw rows of rare classes repeatedly until classes are equal; probabilities are corrected back, and "
        "metrics are those of the rows as given.", BOTH,
    )  # fmt: skip
    class_sampling_factors: tuple[float, ...] | None = numbers_list(
        None, "How many times rows of each class are drawn (fractions by chance), in the order of the class names, "
        "instead of the automatic ratios; needs balance_classes.", BOTH, low=0, open_low=True, optional=True,
    )  # fmt: skip
    max_after_balance_size: float = number(
        5.0, "Largest size of the balanced table, as a multiple of the original one; below it all classes shrink "
        "alike.", BOTH, low=0, open_low=True,
    )  # fmt: skip
