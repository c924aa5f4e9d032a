package dev.streambed.importer.nomic.graph.file;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.ElementType;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import org.apiguardian.api.API;

/** The user's own model.safetensors, pointed into by offset: no weight is copied. */
@API(status = API.Status.INTERNAL)
public final class CheckpointWeights implements WeightStore {
  private final String fileName;

  /**
   * Leaves the weights in the checkpoint.
   *
   * @param checkpoint stored as 32-bit floats
   */
  public CheckpointWeights(Checkpoint checkpoint) {
    this.fileName = String.valueOf(checkpoint.weightsFile().getFileName());
  }

  @Override
  public TensorProto floats(String name, Tensor tensor, int firstRow, long... dims) {
    if (tensor.type() != ElementType.F32) {
      throw new IllegalArgumentException(
          tensor.name() + " is stored as " + tensor.type() + ", not F32.");
    }
    long offset = tensor.fileOffset() + (long) firstRow * tensor.rowLength() * Float.BYTES;
    return ExternalConstant.describe(name, DataType.FLOAT, fileName, offset, Float.BYTES, dims);
  }
}
