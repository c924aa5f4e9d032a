package dev.streambed.benchmarks.pipeline;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** An embedder that costs nothing: what remains is the pipeline around it. Thread-safe. */
@Internal
public final class FreeEmbedder implements TextEmbedder {
  private static final TokenIds TOKENS = new TokenIds(new long[1], /* truncated= */ false);

  private final float[] vector;

  public FreeEmbedder(int dimensions) {
    this.vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      // Unlike each other, so that each takes as many digits in JSON as those of a model.
      vector[i] = (float) (Math.sin(i + 1.0) / Math.sqrt(dimensions / 2.0));
    }
  }

  @Override
  public TokenLayout layout() {
    return TokenLayout.PADDED;
  }

  @Override
  public String modelDigest() {
    return "free";
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    return TOKENS;
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    List<Embedding> embeddings = new ArrayList<>(batch.size());
    for (TokenIds tokens : batch) {
      embeddings.add(new Embedding(vector.clone(), tokens.length(), tokens.truncated()));
    }
    return embeddings;
  }

  @Override
  public void probe() {}

  @Override
  public void terminate() {}

  @Override
  public void close() {}
}
