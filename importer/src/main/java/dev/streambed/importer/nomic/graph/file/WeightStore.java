package dev.streambed.importer.nomic.graph.file;

import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import org.apiguardian.api.API;

/**
 * Where the graph's weights lie, in the order of the checkpoint: as floats of 32 bits, or of 16 as
 * in {@link WeightsFile#halves}.
 */
@API(status = API.Status.INTERNAL)
public interface WeightStore {
  /**
   * Some rows of a tensor, or all of it.
   *
   * @param name of the constant in the graph
   * @param firstRow first step of the tensor's outermost axis
   * @param dims shape of the constant; its elements are consecutive in the tensor
   */
  TensorProto floats(String name, Tensor tensor, int firstRow, long... dims);
}
