import java.io.DataInputStream;
import java.io.FileInputStream;
import java.io.BufferedInputStream;

/** Times the generated class Model over row numbers, one row at a time: prints nanoseconds a row, the median of 15 spans. */
public final class RowTimer {
    public static void main(String[] arguments) throws Exception {
        double[][] rows;
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(arguments[0])))) {
            rows = new double[in.readInt()][in.readInt()];
            for (double[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = in.readDouble();
                }
            }
        }
        Model model = new Model();
        Model.Scratch scratch = model.newScratch();
        double[] out = new double[Model.outputNames().size()];
        double[] spans = new double[15];
        double sink = 0;
        for (int span = -5; span < spans.length; span++) { // five spans warm the JVM up
            long calls = 0;
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < 400_000_000L) {
                for (double[] row : rows) {
                    model.score(row, out, scratch);
                    sink += out[0];
                    calls++;
                }
            }
            if (span >= 0) {
                spans[span] = (System.nanoTime() - begun) / (double) calls;
            }
        }
        java.util.Arrays.sort(spans);
        System.out.println(spans[spans.length / 2]);
        if (Double.isNaN(sink)) {
            System.err.println("the rows hold NaN");
        }
    }
}
