package dev.streambed.embedder.onnx;

/**
 * An output of a graph.
 *
 * @param values row-major; owned by the receiver
 * @param shape length of each axis
 */
@SuppressWarnings("ArrayRecordComponent") // carries a tensor
public record FloatTensor(float[] values, long[] shape) {}
