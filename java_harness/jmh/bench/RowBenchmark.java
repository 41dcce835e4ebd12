package bench;

import hex.genmodel.GenModel;
import hex.genmodel.easy.EasyPredictModelWrapper;
import hex.genmodel.easy.RowData;
import hex.genmodel.easy.exception.PredictException;
import hex.genmodel.easy.prediction.AbstractPrediction;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One net, one row after the other (of 1,024) or a batch of all: the generated class, H2O's POJO and MOJO, called
 * directly and through EasyPredictModelWrapper, and ONNX Runtime. Every time is a row's.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RowBenchmark {
    static final int ROWS = 1024;

    /** The generated class on row numbers. */
    @State(Scope.Thread)
    public static class Ours {
        final Model model = new Model();
        final Model.Scratch scratch = model.newScratch();
        final double[][] rows = Rows.ours();
        final double[][] outs = new double[ROWS][Model.outputNames().size()];
        int next;
    }

    @Benchmark
    public double ours(Ours s) {
        int row = s.next++ % ROWS;
        s.model.score(s.rows[row], s.outs[0], s.scratch);
        return s.outs[0][0];
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public double oursBatch(Ours s) {
        s.model.scoreBatch(s.rows, s.outs, s.scratch);
        return s.outs[0][0];
    }

    /** The generated class on rows by column name. */
    @State(Scope.Thread)
    public static class OursNamed {
        final Model model = new Model();
        final Map<?, ?>[] rows = Rows.maps();
        int next;
    }

    @Benchmark
    @SuppressWarnings("unchecked")
    public Model.Prediction oursNamed(OursNamed s) {
        return s.model.predict((Map<String, ?>) s.rows[s.next++ % ROWS]);
    }

    /** A model of H2O. */
    public abstract static class H2o {
        final GenModel model;
        final double[][] rows;
        final double[] out;
        int next;

        H2o(GenModel model) {
            this.model = model;
            rows = Rows.h2o(model);
            out = new double[model.getPredsSize()];
        }

        double[] score() {
            return model.score0(rows[next++ % ROWS], out);
        }
    }

    /** H2O's generated class. */
    @State(Scope.Thread)
    public static class Pojo extends H2o {
        public Pojo() {
            super(Rows.pojo());
        }
    }

    @Benchmark
    public double[] pojo(Pojo s) {
        return s.score();
    }

    /** H2O's model archive. */
    @State(Scope.Thread)
    public static class Mojo extends H2o {
        public Mojo() {
            super(Rows.mojo());
        }
    }

    @Benchmark
    public double[] mojo(Mojo s) {
        return s.score();
    }

    /** A model of H2O on rows by column name. */
    public abstract static class Easy {
        final EasyPredictModelWrapper model;
        final RowData[] rows = Rows.rowData();
        int next;

        Easy(GenModel model) {
            this.model = new EasyPredictModelWrapper(new EasyPredictModelWrapper.Config()
                    .setModel(model).setConvertUnknownCategoricalLevelsToNa(true));
        }

        AbstractPrediction predict() throws PredictException {
            return model.predict(rows[next++ % ROWS]);
        }
    }

    /** H2O's generated class, wrapped. */
    @State(Scope.Thread)
    public static class EasyPojo extends Easy {
        public EasyPojo() {
            super(Rows.pojo());
        }
    }

    @Benchmark
    public AbstractPrediction pojoEasy(EasyPojo s) throws PredictException {
        return s.predict();
    }

    /** H2O's model archive, wrapped. */
    @State(Scope.Thread)
    public static class EasyMojo extends Easy {
        public EasyMojo() {
            super(Rows.mojo());
        }
    }

    @Benchmark
    public AbstractPrediction mojoEasy(EasyMojo s) throws PredictException {
        return s.predict();
    }

    /** ONNX Runtime, a row at a time. */
    @State(Scope.Thread)
    public static class OnnxRow {
        final Onnx model = new Onnx(1);
        final double[][] rows = Rows.ours();
        int next;
    }

    @Benchmark
    public float onnx(OnnxRow s) {
        return s.model.score(s.rows, s.next++ % ROWS);
    }

    /** ONNX Runtime, all rows at once. */
    @State(Scope.Thread)
    public static class OnnxBatch {
        final Onnx model = new Onnx(ROWS);
        final double[][] rows = Rows.ours();
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float onnxBatch(OnnxBatch s) {
        return s.model.score(s.rows, 0);
    }
}
