/** An application that scores one wine: two measurements are known, the other cells are missing. */
public final class EmbedInJava {

    public static void main(String[] arguments) {
        Wine wine = new Wine(); // holds no state: one instance serves all threads
        wine.selfTest(); // this JVM gives the bits that training recorded

        Wine.Row row = new Wine.Row().setAlcohol(13.2).setHue("deep");
        Wine.Prediction prediction = wine.predict(row);
        System.out.println(prediction.label() + " " + prediction.probability("Ada"));
    }
}
