"""Networks run by ONNX Runtime: the painter, its tiles, int8, any painting at once, external networks."""
