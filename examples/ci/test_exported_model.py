"""Copy into your tests: fails when the exported class or graph is no longer that of the model.

MODEL_FOLDER holds model.npz, Model.java and model.onnx, and rows.csv with rows to score (the response is not needed).
The working folder stands in for it when the variable is not set.
"""

import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest

import triplicate as tp
from triplicate.exporters.java_source import render_java
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.jdk import find_jdk
