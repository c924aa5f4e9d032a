package dev.streambed.embedder.onnx;

import org.apiguardian.api.API;

/**
 * An output of a graph.
 *
 * @param values row-major; owned by the receiver
 * @param shape length of each axis
 */
@API(status = API.Status.INTERNAL)
@SuppressWarnings("ArrayRecordComponent") // carries a tensor
public record FloatTensor(float[] values, long[] shape) {}
