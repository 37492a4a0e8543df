"""From torch to ONNX."""
