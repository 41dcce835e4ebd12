"""Trains H2O's nets on the tables of the benchmark, and writes their POJO and MOJO; runs with the peers' interpreter.

    python benchmarks/java/train_h2o.py NETS_JSON

NETS_JSON: a list of {"folder", "response", "hidden", "epochs"}; each folder holds train.csv.
"""

import json
import sys
from pathlib import Path

import h2o
from h2o.estimators import H2ODeepLearningEstimator


def main(nets: list[dict[str, object]]) -> None:
    """Train one net after the other in a server of this process's own."""
    h2o.init(nthreads=2, max_mem_size="6g", bind_to_localhost=True, strict_version_check=False, verbose=False)
    h2o.no_progress()
    try:
        for net in nets:
            folder, response, epochs = Path(str(net["folder"])), str(net["response"]), float(str(net["epochs"]))
            table = h2o.import_file(str(folder / "train.csv"))
            table[response] = table[response].asfactor()
            model = H2ODeepLearningEstimator(
                model_id="H2OModel",
                hidden=net["hidden"],
                epochs=epochs,
                seed=1,
                train_samples_per_iteration=max(1, round(table.nrow * min(1.0, epochs))),  # only then does it stop
                score_training_samples=100,
                stopping_rounds=0,
            )
            model.train(y=response, training_frame=table)
            (folder / "pojo").mkdir(exist_ok=True)
            model.download_pojo(path=str(folder / "pojo"), get_genmodel_jar=False)
            model.download_mojo(path=str(folder / "mojo.zip"))
            h2o.remove_all()
    finally:
        h2o.cluster().shutdown()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
