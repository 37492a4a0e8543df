"""Networks run by ONNX Runtime: the painter, its tiles, int8, any painting at once, external networks."""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when onnxruntime is imported, which is in here only
