package bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.Set;

/** The exported float32 matrix graph in ONNX Runtime, on one thread, with a buffer that is used again. */
final class Onnx {
    private static final Set<String> WANTED = Collections.singleton("probabilities");
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final FloatBuffer input;
    private final long[] shape;

    Onnx(int rows) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            session = environment.createSession(Rows.FOLDER.resolve("model.onnx").toString(), options);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
        int columns = Model.columns().size();
        input = ByteBuffer.allocateDirect(4 * rows * columns).order(ByteOrder.nativeOrder()).asFloatBuffer();
        shape = new long[] {rows, columns};
    }

    /** Scores as many rows as the buffer holds, from `start` on; returns the last probability. */
    float score(double[][] rows, int start) {
        input.clear();
        for (int row = start; row < start + shape[0]; row++) {
            for (double cell : rows[row]) {
                input.put((float) cell);
            }
        }
        input.flip();
        try (OnnxTensor tensor = OnnxTensor.createTensor(environment, input, shape);
                OrtSession.Result result = session.run(Collections.singletonMap("input", tensor), WANTED)) {
            FloatBuffer probabilities = ((OnnxTensor) result.get(0)).getFloatBuffer();
            return probabilities.get(probabilities.limit() - 1);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
