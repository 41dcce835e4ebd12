"""The calling side of a generated class, as a Java program uses it: setters, maps, predictions, messages."""

import re
from pathlib import Path

import pytest

from triplicate.runtime import Scorer, UnseenPolicy

from java_cases import autoencoder, classes_of, person_model, regression, run_class

PROGRAM = r"""
import java.io.*;
import java.lang.management.ManagementFactory;
import java.lang.reflect.*;
import java.math.BigInteger;
import java.util.*;
import java.util.concurrent.*;

public final class Program {
    static final Person MODEL = new Person();

    public static void main(String[] arguments) throws Exception {
        Person.Row row = new Person.Row().setAge(25).setWorkClass("Private").setCapitalGain(0).setChildren("2");
        Map<String, Object> map = new HashMap<>();
        map.put("age", "25");
        map.put("work-class", "Private");
        map.put("capital-gain", null);
        map.put("children", Boolean.TRUE);
        map.put("another", new Object());
        Map<String, Object> shorter = new HashMap<>(map);
        shorter.remove("work-class");
        Person.Prediction prediction = MODEL.predict(row);
        prediction.probabilities()[0] = 5;
        prediction.outputs()[1] = 5;

        show("by setters", () -> all(row));
        show("by position", () -> all(new Person.Row().set(0, 25).set(1, "Private").set(2, "0.0").set(3, 2)));
        show("by name", () -> all(new Person.Row().set("age", 25L).set("work-class", new StringBuilder("Private"))
                .set("capital-gain", false).set("children", BigInteger.valueOf(2))));
        show("cleared", () -> all(new Person.Row().setAge(25).set("children", 1).clear()));
        show("nothing set", () -> all(new Person.Row()));
        show("empty texts", () -> all(new Person.Row().set(0, "").set(1, "").set("children", Double.NaN)));
        show("map", () -> Arrays.toString(MODEL.predict(map).outputs()));
        show("map by setters", () -> all(new Person.Row().setAge(25).setWorkClass("Private").setChildren("True")));
        show("serialized", () -> Arrays.toString(((Person) copy(MODEL)).predict((Person.Row) copy(row)).outputs()));
        show("label", () -> prediction.label());
        show("probability", () -> prediction.probability(">50K") == prediction.probabilities()[1]);
        show("untouched", () -> Arrays.toString(((Person.Prediction) copy(prediction)).outputs()));
        show("counts", () -> MODEL.predict(new Person.Row().setWorkClass("Pirate").setChildren("9")
                .setAge(Double.POSITIVE_INFINITY)).unseenLevels());
        show("replaced", () -> MODEL.predict(new Person.Row().setAge(Double.POSITIVE_INFINITY)).replacedNumbers());
        show("schema", () -> "" + Person.columns() + Person.levels(0) + Person.levels(1) + Person.labels()
                + Person.outputNames() + Person.isNumeric(0) + Person.isNumeric(1));
        show("fingerprint", () -> Person.fingerprint());
        show("self-test", () -> MODEL.selfTest());
        show("text", () -> prediction);
        show("value", () -> new Plain().predict(new Plain.Row().setX(1.5).setColour("red")).value());
        Auto.Prediction strange = new Auto().predict(new Auto.Row().setX(9).setColour("green"));
        show("anomaly", () -> strange.score() + " " + strange.isAnomaly() + " " + strange.columnErrors() + " "
                + strange.columnError("x") + " " + Arrays.toString(strange.reconstruction()));

        show("map without a column", () -> MODEL.predict(shorter));
        show("no such label", () -> prediction.probability("rich"));
        show("misspelt", () -> new Person.Row().set("Age", 1));
        show("unknown", () -> new Person.Row().set("height", 1));
        show("no name", () -> new Person.Row().set(null, 1));
        show("position", () -> new Person.Row().set(4, 1));
        show("no number", () -> new Person.Row().set("age", "old"));
        show("long text", () -> new Person.Row().set("age", new String(new char[70]).replace("\0", "x")));
        show("fraction", () -> new Person.Row().set("children", 2.5));
        show("another type", () -> new Person.Row().set("age", new int[0]));
        show("row length", () -> score(new Person(), 3, 3));
        show("out length", () -> score(new Person(), 4, 2));
        show("frozen columns", () -> Person.columns().set(0, "x"));
        show("frozen levels", () -> Person.levels(1).remove(0));
        show("frozen errors", () -> strange.columnErrors().remove("x"));
        show("refused level", () -> new Strict.Row().setWorkClass("Pirate"));
        show("refused index", () -> {
            new Strict().score(new double[] {1, -1, 1, 0}, new double[3], new Strict().newScratch());
            return null;
        });
        show("refused in a batch", () -> batch(17));
        show("batch after a refused one", () -> batch(-1));
        show("offset", () -> new Claims().predict(new Claims.Row().setX(1)));
        show("no golden rows", () -> new Plain().selfTest());

        show("threads", () -> threads());
        show("allocated", () -> allocated());
        show("mutable", () -> mutable(Person.class));
    }

    static String all(Person.Row row) {
        return Arrays.toString(MODEL.predict(row).outputs());
    }

    static Object score(Person model, int row, int out) {
        model.score(new double[row], new double[out], model.newScratch());
        return null;
    }

    static final Strict.Scratch SCRATCH = new Strict().newScratch();

    /** Scores 40 rows at once, one of which may be refused; returns how many differ from single scoring. */
    static Object batch(int refused) {
        double[][] rows = new double[40][];
        double[][] outs = new double[40][3];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new double[] {20 + i, i == refused ? -1 : i % 3, i % 7 * 1000, i % 5 - 1};
        }
        new Strict().scoreBatch(rows, outs, SCRATCH);
        int differing = 0;
        int unseen = SCRATCH.unseenLevels();
        for (int i = 0; i < rows.length; i++) {
            double[] out = new double[3];
            new Strict().score(rows[i], out, SCRATCH);
            differing += Arrays.equals(out, outs[i]) ? 0 : 1;
        }
        return differing + ", the same count of the last row: " + (unseen == SCRATCH.unseenLevels());
    }

    static Object copy(Object object) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(object);
        return new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    }

    /** Returns the number of different answers that 16 threads get from one instance. */
    static int threads() throws Exception {
        Set<String> answers = ConcurrentHashMap.newKeySet();
        ExecutorService pool = Executors.newFixedThreadPool(16);
        for (int t = 0; t < 16; t++) {
            pool.submit(() -> {
                StringBuilder answer = new StringBuilder();
                for (int i = 0; i < 2000; i++) {
                    answer.append(all(new Person.Row().setAge(i % 80).set("children", i % 4)).hashCode());
                }
                return answers.add(answer.toString());
            });
        }
        pool.shutdown();
        return pool.awaitTermination(100, TimeUnit.SECONDS) ? answers.size() : -1;
    }

    /** Returns the bytes that 10,000 rows allocate through the array path. */
    static long allocated() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        double[][] rows = {{25, 0, 1e9, 2}, {Double.NaN, -1, 12, Double.NaN}};
        double[][] outs = new double[2][3];
        Person.Scratch scratch = MODEL.newScratch();
        MODEL.scoreBatch(rows, outs, scratch);
        threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (int i = 0; i < 5000; i++) {
            MODEL.scoreBatch(rows, outs, scratch);
        }
        return (threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before) / 10000;
    }

    /** Returns the static fields that are not final, of a class and those nested in it. */
    static List<String> mutable(Class<?> type) {
        List<String> found = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && !Modifier.isFinal(field.getModifiers())) {
                found.add(field.toString());
            }
        }
        for (Class<?> nested : type.getDeclaredClasses()) {
            found.addAll(mutable(nested));
        }
        return found;
    }

    static void show(String name, Callable<Object> call) {
        try {
            System.out.println(name + "|" + call.call());
        } catch (Exception e) {
            System.out.println(name + "|" + e.getClass().getSimpleName() + "|" + e.getMessage());
        }
    }
}
"""
ARGUMENT, STATE = "IllegalArgumentException", "UnsupportedOperationException"
REFUSALS = {
    "map without a column": f"{ARGUMENT}|column 'work-class' is missing from the map; put null for a missing value",
    "no such label": f"{ARGUMENT}|no label 'rich'; the labels are [<=50K, >50K]",
    "misspelt": f"{ARGUMENT}|no column is called 'Age'; did you mean 'age'?",
    "unknown": f"{ARGUMENT}|no column is called 'height'",
    "no name": f"{ARGUMENT}|no column is called 'null'",
    "position": f"{ARGUMENT}|column 4: a row has 4 columns, counted from 0",
    "no number": f"{ARGUMENT}|column 'age': 'old' is not a number",
    "long text": f"{ARGUMENT}|column 'age': '{'x' * 60}...' is not a number",
    "fraction": f"{ARGUMENT}|column 'children': 2.5 is not a whole number; give the level as text",
    "another type": f"{ARGUMENT}|column 'age': takes a Number, a Boolean, text or null, got [I",
    "row length": f"{ARGUMENT}|row must have length 4, got 3",
    "out length": f"{ARGUMENT}|out must have length 3, got 2",
    "frozen columns": f"{STATE}|null",
    "frozen levels": f"{STATE}|null",
    "frozen errors": f"{STATE}|null",
    "refused level": f"{ARGUMENT}|column 'work-class': level 'Pirate' was not seen in training, "
    "and this model refuses unseen levels",
    "refused index": f"{ARGUMENT}|column 'work-class': -1.0 is not the index of a level, "
    "and this model refuses unseen levels",
    "refused in a batch": f"{ARGUMENT}|rows[17]: column 'work-class': -1.0 is not the index of a level, "
    "and this model refuses unseen levels",
    "offset": f"{ARGUMENT}|column 'exposure': the offset is missing, and the model needs it",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the compiled classes."""
    folder = tmp_path_factory.mktemp("java_api")
    models = {
        "Person": person_model(),
        "Strict": person_model(UnseenPolicy.ERROR, golden=False),
        "Plain": regression(),
        "Claims": regression("exposure"),
        "Auto": autoencoder(),
    }
    classes_of(folder, models, PROGRAM)
    return folder


@pytest.fixture(scope="module")
def shown(folder: Path) -> dict[str, str]:
    """Return what the program printed, by name."""
    done = run_class(folder, "Program")
    assert (done.returncode, done.stderr) == (0, b"")
    return dict(line.split("|", 1) for line in done.stdout.decode("utf-8").splitlines())


def person(age: float | None, work: str | None, gain: float | None, children: str | None) -> list[float]:
    """Return Python's outputs for one person."""
    rows = {"age": [age], "work-class": [work], "capital-gain": [gain], "children": [children]}
    outputs: list[float] = Scorer(person_model()).score(rows).outputs[0].tolist()
    return outputs


def numbers(text: str) -> list[float]:
    """Return the numbers of a printed Java array."""
    return [float(number) for number in re.findall(r"-?[0-9.]+(?:E-?[0-9]+)?", text)]


@pytest.mark.parametrize("way", ["by setters", "by position", "by name", "serialized", "untouched"])
def test_every_way_to_fill_a_row_gives_pythons_numbers(shown: dict[str, str], way: str) -> None:
    """Setters, positions and names take numbers, text, booleans and integers; copies are real copies."""
    assert numbers(shown[way]) == person(25.0, "Private", 0.0, "2")


@pytest.mark.parametrize("way", ["cleared", "nothing set", "empty texts"])
def test_what_is_not_set_is_missing(shown: dict[str, str], way: str) -> None:
    """A fresh or cleared row has missing cells only; empty text and NaN are missing too."""
    assert numbers(shown[way]) == person(None, None, None, None)


@pytest.mark.parametrize("way", ["map", "map by setters"])
def test_maps_take_text_null_and_booleans(shown: dict[str, str], way: str) -> None:
    """Text is read as a number where one belongs, null is missing, true is the level "True"."""
    assert numbers(shown[way]) == person(25.0, "Private", None, "True")


def test_predictions_tell_label_probabilities_and_counts(shown: dict[str, str]) -> None:
    """A classifier names its label and probabilities, and counts unseen levels and unusable numbers."""
    outputs = person(25.0, "Private", 0.0, "2")
    label = ("<=50K", ">50K")[int(outputs[0])]
    assert shown["label"] == label
    assert shown["text"] == f"label {label}, probabilities [{', '.join(map(repr, outputs[1:]))}]"
    assert (shown["probability"], shown["counts"], shown["replaced"]) == ("true", "2", "1")


def test_the_class_describes_itself(shown: dict[str, str]) -> None:
    """Columns, levels, labels, outputs, fingerprint and self-test are there without an instance or a file."""
    assert shown["schema"] == (
        "[age, work-class, capital-gain, children][][Private, State-gov, Self-emp][<=50K, >50K]"
        "[label, probability of <=50K, probability of >50K]truefalse"
    )
    assert shown["fingerprint"] == person_model().fingerprint
    assert shown["self-test"] == "3"
    assert shown["no golden rows"].startswith("UnsupportedOperationException|model ")


def test_regression_and_autoencoder_predictions(shown: dict[str, str]) -> None:
    """A value; a score with its flag, an error per column, and the row as rebuilt."""
    value = Scorer(regression()).score({"x": [1.5], "colour": ["red"]}).outputs[0, 0]
    assert float(shown["value"]) == value
    found = Scorer(autoencoder()).score({"x": [9.0], "colour": ["green"]}).outputs[0].tolist()
    score, flag, errors, x_error, rebuilt = re.split(r" (?=true|false|\{|\[)|(?<=\}) ", shown["anomaly"])
    assert (float(score), flag == "true") == (found[0], found[1] == 1.0)
    assert errors == f"{{x={found[2]!r}, colour={found[3]!r}}}"
    assert float(x_error) == found[2]
    assert numbers(rebuilt) == found[4:]


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_name_the_column_the_value_and_the_rule(shown: dict[str, str], case: str) -> None:
    """What cannot be scored is an exception with a message for the engineer who reads the log."""
    assert shown[case] == REFUSALS[case]


def test_batches_give_the_bits_of_single_rows(shown: dict[str, str]) -> None:
    """Also where the batch before had a refused row; the scratch tells the counts of the last row."""
    assert shown["batch after a refused one"] == "0, the same count of the last row: true"


def test_one_instance_serves_many_threads(shown: dict[str, str]) -> None:
    """Sixteen threads on one instance get the same bits."""
    assert shown["threads"] == "1"


def test_the_array_path_allocates_nothing(shown: dict[str, str]) -> None:
    """Neither score nor scoreBatch leaves garbage."""
    assert shown["allocated"] == "0"


def test_no_static_field_can_change(shown: dict[str, str]) -> None:
    """All static fields are final."""
    assert shown["mutable"] == "[]"


def test_the_class_uses_nothing_outside_the_jdk(folder: Path) -> None:
    """Every import is of java.*, and there is no reflection, resource or thread-local."""
    source = (folder / "Person.java").read_text(encoding="ascii")
    imports = re.findall(r"^import (.*);$", source, re.MULTILINE)
    assert all(name.startswith(("java.io.", "java.math.", "java.nio.charset.", "java.util.")) for name in imports)
    used = re.sub(r"^import .*$", "", source, flags=re.MULTILINE)
    assert [name for name in imports if not re.search(rf"\b{name.rsplit('.', 1)[1]}\b", used)] == []
    assert not re.search(r"getResource|forName|ThreadLocal|reflect|Unsafe", source)


def test_names_that_the_source_uses_for_other_things_make_good_classes(tmp_path: Path) -> None:
    """A class may be called like a method, a variable, a constant or a class of java.lang that is not used."""
    names = ["row", "encode", "ROW_LENGTH", "score", "column", "Exception", "Class", "Error", "com", "model", "s"]
    classes_of(tmp_path, dict.fromkeys(names, person_model()))
    done = run_class(tmp_path, "ROW_LENGTH", "--self-test")
    assert done.stdout == b"3 golden rows: every output has the expected bits\n"
