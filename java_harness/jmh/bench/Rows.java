package bench;

import hex.genmodel.GenModel;
import hex.genmodel.MojoModel;
import hex.genmodel.easy.RowData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The raw rows of a net's folder (rows.tsv: names, then cells), and what each competitor is given for them. */
final class Rows {
    static final Path FOLDER = Paths.get(System.getProperty("bench.net"));

    private Rows() {
    }

    private static String[][] cells() {
        try {
            List<String> lines = Files.readAllLines(FOLDER.resolve("rows.tsv"), StandardCharsets.UTF_8);
            return lines.stream().map(line -> line.split("\t", -1)).toArray(String[][]::new);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns row numbers as the generated class takes them. */
    static double[][] ours() {
        String[][] cells = cells();
        double[][] rows = new double[cells.length - 1][Model.columns().size()];
        for (int column = 0; column < cells[0].length; column++) {
            int position = Model.columns().indexOf(cells[0][column]);
            if (position < 0) {
                continue; // constant columns are left out
            }
            for (int row = 0; row < rows.length; row++) {
                String cell = cells[1 + row][column];
                rows[row][position] = cell.isEmpty() ? Double.NaN : Model.isNumeric(position)
                        ? Double.parseDouble(cell) : Model.levels(position).indexOf(cell);
            }
        }
        return rows;
    }

    /** Returns row numbers as score0 of H2O's models takes them. */
    static double[][] h2o(GenModel model) {
        String[][] cells = cells();
        double[][] rows = new double[cells.length - 1][model.nfeatures()];
        for (double[] row : rows) {
            Arrays.fill(row, Double.NaN);
        }
        List<String> names = Arrays.asList(model.getNames());
        for (int column = 0; column < cells[0].length; column++) {
            int position = names.indexOf(cells[0][column]);
            if (position < 0 || position >= model.nfeatures()) {
                continue; // constant columns are left out
            }
            String[] levels = model.getDomainValues(position);
            for (int row = 0; row < rows.length; row++) {
                String cell = cells[1 + row][column];
                int level = levels == null ? 0 : Arrays.asList(levels).indexOf(cell);
                boolean missing = cell.isEmpty() || level < 0;
                rows[row][position] = missing ? Double.NaN : levels == null ? Double.parseDouble(cell) : level;
            }
        }
        return rows;
    }

    /** Returns rows by column name: what EasyPredictModelWrapper takes. */
    static RowData[] rowData() {
        String[][] cells = cells();
        RowData[] rows = new RowData[cells.length - 1];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = new RowData();
            for (int column = 0; column < cells[0].length; column++) {
                String cell = cells[1 + row][column];
                if (!cell.isEmpty()) {
                    rows[row].put(cells[0][column], value(cells[0][column], cell));
                }
            }
        }
        return rows;
    }

    /** Returns the same rows by column name, null where a cell is missing: what predict(Map) takes. */
    static Map<?, ?>[] maps() {
        String[][] cells = cells();
        Map<?, ?>[] rows = new Map<?, ?>[cells.length - 1];
        for (int row = 0; row < rows.length; row++) {
            Map<String, Object> map = new HashMap<>();
            for (int column = 0; column < cells[0].length; column++) {
                String cell = cells[1 + row][column];
                map.put(cells[0][column], cell.isEmpty() ? null : value(cells[0][column], cell));
            }
            rows[row] = map;
        }
        return rows;
    }

    private static Object value(String column, String cell) {
        int position = Model.columns().indexOf(column);
        return position < 0 || Model.isNumeric(position) ? (Object) Double.valueOf(cell) : cell;
    }

    static GenModel pojo() {
        try {
            return (GenModel) Class.forName("H2OModel").getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    static GenModel mojo() {
        try {
            return MojoModel.load(FOLDER.resolve("mojo.zip").toString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
