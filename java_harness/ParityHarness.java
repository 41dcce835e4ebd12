import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs generated classes over raw rows and writes every output as bits.
 *
 * <p>{@code java ParityHarness jobs.bin results.bin}; README.md describes both files. Each row is scored four
 * ways: from a Row, from a Map, from numbers, and in a batch of numbers. Ways that disagree are reported.
 */
public final class ParityHarness {

    private ParityHarness() {
    }

    /** Reads the jobs, runs them one after the other, writes the results. */
    public static void main(String[] arguments) throws Exception {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(
                        Files.newInputStream(Paths.get(arguments[0])), 1 << 16));
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                        Files.newOutputStream(Paths.get(arguments[1])), 1 << 16))) {
            int jobs = in.readInt();
            for (int job = 0; job < jobs; job++) {
                GeneratedModel model = new GeneratedModel(Class.forName(in.readUTF()));
                Object[][] rows = readRows(in);
                new Run(model, rows).write(out);
            }
        }
    }

    /** Reads raw cells, column by column: Double, String, or null for a missing one. */
    private static Object[][] readRows(DataInputStream in) throws IOException {
        int rows = in.readInt();
        int columns = in.readInt();
        Object[][] cells = new Object[rows][columns];
        for (int column = 0; column < columns; column++) {
            boolean texts = in.readBoolean();
            for (int row = 0; row < rows; row++) {
                cells[row][column] = texts ? readText(in) : readNumber(in);
            }
        }
        return cells;
    }

    private static Double readNumber(DataInputStream in) throws IOException {
        double number = in.readDouble();
        return Double.isNaN(number) ? null : number;
    }

    private static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** A generated class, reached by reflection. */
    private static final class GeneratedModel {
        final Object model;
        final List<?> columns;
        final int outputs;
        private final Constructor<?> newRow;
        private final Method setNumber;
        private final Method setText;
        private final Method predictRow;
        private final Method predictMap;
        private final Method score;
        private final Method scoreBatch;
        private final Counts ofPrediction;
        private final Counts ofScratch;
        private final Method predictionOutputs;
        private final List<Map<Object, Integer>> levels = new ArrayList<>();

        GeneratedModel(Class<?> type) throws Exception {
            model = type.getConstructor().newInstance();
            Class<?> row = nested(type, "Row");
            Class<?> scratch = nested(type, "Scratch");
            Class<?> prediction = nested(type, "Prediction");
            newRow = row.getConstructor();
            setNumber = row.getMethod("set", int.class, double.class);
            setText = row.getMethod("set", int.class, String.class);
            predictRow = type.getMethod("predict", row);
            predictMap = type.getMethod("predict", Map.class);
            score = type.getMethod("score", double[].class, double[].class, scratch);
            scoreBatch = type.getMethod("scoreBatch", double[][].class, double[][].class, scratch);
            predictionOutputs = prediction.getMethod("outputs");
            ofPrediction = new Counts(prediction);
            ofScratch = new Counts(scratch);
            columns = (List<?>) type.getMethod("columns").invoke(null);
            outputs = ((List<?>) type.getMethod("outputNames").invoke(null)).size();
            for (int column = 0; column < columns.size(); column++) {
                Map<Object, Integer> index = new HashMap<>();
                for (Object level : (List<?>) type.getMethod("levels", int.class).invoke(null, column)) {
                    index.put(level, index.size());
                }
                levels.add(index);
            }
        }

        private static Class<?> nested(Class<?> type, String name) throws ClassNotFoundException {
            return Class.forName(type.getName() + "$" + name, true, type.getClassLoader());
        }

        /** Scores by setters that take positions. */
        Outcome byRow(Object[] cells) throws Exception {
            try {
                Object row = newRow.newInstance();
                for (int column = 0; column < cells.length; column++) {
                    (cells[column] instanceof Double ? setNumber : setText).invoke(row, column, cells[column]);
                }
                return outcome(predictRow.invoke(model, row));
            } catch (InvocationTargetException e) {
                return Outcome.refused(e.getCause());
            }
        }

        /** Scores a map from names to cells. */
        Outcome byMap(Object[] cells) throws Exception {
            Map<Object, Object> row = new LinkedHashMap<>();
            for (int column = 0; column < cells.length; column++) {
                row.put(columns.get(column), cells[column]);
            }
            try {
                return outcome(predictMap.invoke(model, row));
            } catch (InvocationTargetException e) {
                return Outcome.refused(e.getCause());
            }
        }

        /** Scores numbers and level indices, with working memory that serves row after row. */
        Outcome byNumbers(Object[] cells, Object scratch) throws Exception {
            double[] out = new double[outputs];
            Arrays.fill(out, 77); // a number that must be overwritten
            try {
                score.invoke(model, numbers(cells), out, scratch);
                return ofScratch.outcome(out, scratch);
            } catch (InvocationTargetException e) {
                return Outcome.refused(e.getCause());
            }
        }

        double[] numbers(Object[] cells) {
            double[] numbers = new double[cells.length];
            for (int column = 0; column < cells.length; column++) {
                Object cell = cells[column];
                numbers[column] = cell == null || cell.equals("") ? Double.NaN
                        : cell instanceof Double ? (Double) cell : levels.get(column).getOrDefault(cell, -1);
            }
            return numbers;
        }

        Object newScratch() throws Exception {
            return model.getClass().getMethod("newScratch").invoke(model);
        }

        void scoreBatch(double[][] rows, double[][] outs) throws Exception {
            scoreBatch.invoke(model, rows, outs, newScratch());
        }

        /** Returns what the class's own test says, null if it passes or has nothing to compare. */
        String selfTest() throws Exception {
            try {
                model.getClass().getMethod("selfTest").invoke(model);
                return null;
            } catch (InvocationTargetException e) {
                return e.getCause() instanceof UnsupportedOperationException ? null : "selfTest: " + e.getCause();
            }
        }

        private Outcome outcome(Object prediction) throws Exception {
            return ofPrediction.outcome((double[]) predictionOutputs.invoke(prediction), prediction);
        }
    }

    /** The two counts that a Prediction and a Scratch both tell. */
    private static final class Counts {
        private final Method unseen;
        private final Method replaced;

        Counts(Class<?> holder) throws NoSuchMethodException {
            unseen = holder.getMethod("unseenLevels");
            replaced = holder.getMethod("replacedNumbers");
        }

        Outcome outcome(double[] out, Object holder) throws Exception {
            return new Outcome(out, (Integer) unseen.invoke(holder), (Integer) replaced.invoke(holder), null);
        }
    }

    /** What one way of scoring gave for a row. */
    private static final class Outcome {
        final double[] out;
        final int unseen;
        final int replaced;
        final String error;

        Outcome(double[] out, int unseen, int replaced, String error) {
            this.out = out;
            this.unseen = unseen;
            this.replaced = replaced;
            this.error = error;
        }

        static Outcome refused(Throwable cause) {
            boolean expected = cause instanceof IllegalArgumentException;
            return new Outcome(null, 0, 0, expected ? String.valueOf(cause.getMessage()) : cause.toString());
        }

        boolean sameAs(Outcome other) {
            if (error != null || other.error != null) {
                return error != null && other.error != null;
            }
            return unseen == other.unseen && replaced == other.replaced && sameBits(out, other.out);
        }

        static boolean sameBits(double[] a, double[] b) {
            return Arrays.equals(a, b); // compares by doubleToLongBits
        }
    }

    /** One job: all rows of one model. */
    private static final class Run {
        private final Outcome[] outcomes;
        private final int outputs;
        private final List<String> disagreements = new ArrayList<>();

        Run(GeneratedModel model, Object[][] rows) throws Exception {
            outputs = model.outputs;
            outcomes = new Outcome[rows.length];
            Object scratch = model.newScratch();
            for (int row = 0; row < rows.length; row++) {
                outcomes[row] = model.byRow(rows[row]);
                check(row, "map", model.byMap(rows[row]));
                check(row, "numbers", model.byNumbers(rows[row], scratch));
            }
            checkBatch(model, rows);
            String failure = model.selfTest();
            if (failure != null) {
                disagreements.add(failure);
            }
        }

        private void check(int row, String way, Outcome other) {
            if (!outcomes[row].sameAs(other)) {
                disagreements.add("row " + row + ": Row and " + way + " disagree: " + describe(outcomes[row])
                        + " and " + describe(other));
            }
        }

        private static String describe(Outcome outcome) {
            return outcome.error != null ? outcome.error : Arrays.toString(outcome.out);
        }

        /** Scores the rows that are not refused in one batch. */
        private void checkBatch(GeneratedModel model, Object[][] rows) throws Exception {
            List<double[]> numbers = new ArrayList<>();
            List<double[]> expected = new ArrayList<>();
            for (int row = 0; row < rows.length; row++) {
                if (outcomes[row].error == null) {
                    numbers.add(model.numbers(rows[row]));
                    expected.add(outcomes[row].out);
                }
            }
            double[][] outs = new double[numbers.size()][outputs];
            model.scoreBatch(numbers.toArray(new double[0][]), outs);
            for (int i = 0; i < outs.length; i++) {
                if (!Outcome.sameBits(outs[i], expected.get(i))) {
                    disagreements.add("accepted row " + i + ": Row and batch disagree");
                }
            }
        }

        void write(DataOutputStream out) throws IOException {
            out.writeInt(outputs);
            int refused = 0;
            for (Outcome outcome : outcomes) {
                for (int k = 0; k < outputs; k++) {
                    out.writeDouble(outcome.error == null ? outcome.out[k] : Double.NaN);
                }
                refused += outcome.error == null ? 0 : 1;
            }
            for (Outcome outcome : outcomes) {
                out.writeInt(outcome.unseen);
                out.writeInt(outcome.replaced);
            }
            out.writeInt(refused);
            for (int row = 0; row < outcomes.length; row++) {
                if (outcomes[row].error != null) {
                    out.writeInt(row);
                    writeText(out, outcomes[row].error);
                }
            }
            out.writeInt(disagreements.size());
            for (String disagreement : disagreements) {
                writeText(out, disagreement);
            }
        }
    }
}
