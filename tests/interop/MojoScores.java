import hex.genmodel.MojoModel;
import hex.genmodel.easy.EasyPredictModelWrapper;
import hex.genmodel.easy.RowData;
import hex.genmodel.easy.prediction.AutoEncoderModelPrediction;
import hex.genmodel.easy.prediction.BinomialModelPrediction;
import hex.genmodel.easy.prediction.MultinomialModelPrediction;
import hex.genmodel.easy.prediction.RegressionModelPrediction;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * Scores raw rows with MOJOs as H2O's own reader does, and writes what it gave as bits.
 *
 * <p>{@code java MojoScores jobs.bin results.bin}; tests/h2o_reader.py writes the first file and reads the second.
 * Unseen levels and text that is no number count as missing. A row or a model that the reader refuses has the text of
 * its exception instead of a label, and no numbers.
 */
public final class MojoScores {

    private MojoScores() {
    }

    /** Reads the jobs, runs them one after the other, writes the results. */
    public static void main(String[] arguments) throws Exception {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(
                        Files.newInputStream(Paths.get(arguments[0])), 1 << 16));
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                        Files.newOutputStream(Paths.get(arguments[1])), 1 << 16))) {
            int jobs = in.readInt();
            for (int job = 0; job < jobs; job++) {
                run(in, out);
            }
        }
    }

    private static void run(DataInputStream in, DataOutputStream out) throws IOException {
        EasyPredictModelWrapper model = null;
        String refusal = null;
        String path = readText(in);
        try {
            model = new EasyPredictModelWrapper(new EasyPredictModelWrapper.Config()
                    .setModel(MojoModel.load(path))
                    .setConvertUnknownCategoricalLevelsToNa(true)
                    .setConvertInvalidNumbersToNa(true));
        } catch (Exception | Error error) {
            refusal = "cannot be loaded: " + error;
        }
        int columns = in.readInt();
        String[] names = new String[columns];
        for (int column = 0; column < columns; column++) {
            names[column] = readText(in);
        }
        int rows = in.readInt();
        for (int row = 0; row < rows; row++) {
            RowData cells = new RowData();
            for (int column = 0; column < columns; column++) {
                switch (in.readByte()) {
                    case 1:
                        cells.put(names[column], in.readDouble());
                        break;
                    case 2:
                        cells.put(names[column], readText(in));
                        break;
                    default:
                        break;
                }
            }
            String label = refusal;
            double[] numbers = new double[0];
            if (model != null) {
                try {
                    switch (model.getModelCategory()) {
                        case Binomial:
                            BinomialModelPrediction two = model.predictBinomial(cells);
                            label = two.label;
                            numbers = two.classProbabilities;
                            break;
                        case Multinomial:
                            MultinomialModelPrediction more = model.predictMultinomial(cells);
                            label = more.label;
                            numbers = more.classProbabilities;
                            break;
                        case Regression:
                            RegressionModelPrediction value = model.predictRegression(cells);
                            label = "";
                            numbers = new double[] {value.value};
                            break;
                        default:
                            AutoEncoderModelPrediction rebuilt = model.predictAutoEncoder(cells);
                            label = "";
                            numbers = java.util.Arrays.copyOf(rebuilt.reconstructed, rebuilt.reconstructed.length + 1);
                            numbers[rebuilt.reconstructed.length] = rebuilt.mse;
                            break;
                    }
                } catch (Exception | Error error) {
                    label = "error: " + error;
                }
            }
            writeText(out, label);
            out.writeInt(numbers.length);
            for (double number : numbers) {
                out.writeDouble(number);
            }
        }
    }

    private static String readText(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
