package com.example.shop;

import com.example.wine.Wine;
import java.util.HashMap;
import java.util.Map;

/** An application that gets the model as a dependency and scores one wine, given by column names. */
public final class WineShop {
    private final Wine model = new Wine(); // holds no state: one instance serves all threads

    /** Returns who grew a wine, as far as the model can tell; measurements that are not given are missing. */
    Wine.Prediction grower(Map<String, ?> known) {
        Map<String, Object> wine = new HashMap<>(known);
        for (String column : Wine.columns()) {
            wine.putIfAbsent(column, null);
        }
        return model.predict(wine);
    }

    public static void main(String[] arguments) {
        Map<String, Object> known = new HashMap<>();
        known.put("alcohol", 13.2);
        known.put("hue", "deep");
        Wine.Prediction prediction = new WineShop().grower(known);
        System.out.println(prediction.label() + " " + prediction.probability("Ada"));
    }
}
