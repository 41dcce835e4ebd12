import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;

/**
 * A function for Spark: a struct of the model's columns in; label, probabilities and the count of unseen levels out.
 * Spark sends an instance to every executor, which is why the generated class is Serializable.
 */
public final class WineUdf implements UDF1<Row, Row> {
    private static final long serialVersionUID = 1L;
    private final Wine model = new Wine();

    @Override
    public Row call(Row wine) {
        Wine.Row row = new Wine.Row();
        for (String column : Wine.columns()) {
            row.set(column, wine.<Object>getAs(column)); // null is missing; the order of the fields does not matter
        }
        Wine.Prediction prediction = model.predict(row);
        return RowFactory.create(prediction.label(), prediction.probabilities(), prediction.unseenLevels());
    }
}
