package dev.streambed.embedder.onnx;

import dev.streambed.embedder.TokenIds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * The input and output buffers of a run, used again for the next one. Confined to one run; owned by
 * {@link OnnxTextEmbedder}, which has as many as runs have ever overlapped.
 */
final class RunBuffers {
  private final TokenBatch tokens = new TokenBatch();
  private FloatBuffer pooled = FloatBuffer.allocate(0);

  /** Takes the batch in, and returns room for [batch, hidden] floats. */
  FloatBuffer fill(List<TokenIds> batch, int hidden) {
    tokens.fill(batch);
    int size = batch.size() * hidden;
    if (pooled.capacity() < size) {
      pooled =
          ByteBuffer.allocateDirect(size * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
    return pooled.clear().limit(size);
  }

  /** The batch that was taken in last. */
  TokenBatch tokens() {
    return tokens;
  }
}
