"""Score a CSV file of wines with the generated class, as a function of Spark.

    python score_with_spark.py WINE_UDF_JAR WINES_CSV

Prints one line of JSON per row: id, label, probabilities, unseen levels. Needs pyspark 4.0 and a JDK 17 or 21.
"""

import json
import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

RESULT = "label string, probabilities array<double>, unseen int"


def session(jar: str) -> SparkSession:
    """Return a Spark on two threads of this machine, reached from nowhere else, with the jar on its class path."""
    settings = {
        "spark.jars": jar,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
    }
    builder = SparkSession.builder.master("local[2]").appName("wines")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def scored(spark: SparkSession, path: str) -> DataFrame:
    """Return the rows of a CSV file with the column `prediction`."""
    spark.udf.registerJavaFunction("grower", "WineUdf", RESULT)
    wines = spark.read.csv(path, header=True, inferSchema=True).repartition(4)
    return wines.withColumn("prediction", expr("grower(struct(*))"))


def main(jar: str, path: str) -> None:
    """Score and print."""
    spark = session(jar)
    try:
        for row in scored(spark, path).orderBy("id").collect():
            prediction = row["prediction"]
            print(json.dumps([row["id"], prediction["label"], prediction["probabilities"], prediction["unseen"]]))
    finally:
        spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:3])
