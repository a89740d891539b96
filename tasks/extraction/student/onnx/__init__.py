"""Students as ONNX: graphs that run without PyTorch's weights."""
