package bench;

import hex.genmodel.GenModel;

/** Prints how many milliseconds a fresh JVM takes to load a model and to score its first row. */
public final class LoadTimer {
    private LoadTimer() {
    }

    public static void main(String[] arguments) {
        double[][] ours = Rows.ours(); // read before the clock starts, which loads the class but not the weights
        long begun = System.nanoTime();
        if (arguments[0].equals("ours")) {
            Model model = new Model();
            model.score(ours[0], new double[Model.outputNames().size()], model.newScratch());
        } else if (arguments[0].equals("onnx")) {
            new Onnx(1).score(ours, 0);
        } else {
            GenModel model = arguments[0].equals("pojo") ? Rows.pojo() : Rows.mojo();
            model.score0(new double[model.nfeatures()], new double[model.getPredsSize()]);
        }
        System.out.println((System.nanoTime() - begun) / 1e6);
    }
}
