package dev.streambed.testing;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * An embedder without a model: equal texts with equal prompts get equal unit vectors, others get
 * others, which say nothing about what a text means. Each word is a token. Thread-safe.
 *
 * <p>As in production a blank text is rejected; so is {@link #REJECTED}, as one on which the model
 * fails. In a Flink program it is {@code setEmbedders(gpu -> new FakeTextEmbedder(8))}.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class FakeTextEmbedder implements TextEmbedder {
  /** A text that is rejected with {@link Reason#INFERENCE_FAILED}. */
  public static final String REJECTED = "rejected by FakeTextEmbedder";

  private static final String NAME = "fake";

  private final int dimensions;

  /**
   * @param dimensions length of the vectors, at least 1
   */
  public FakeTextEmbedder(int dimensions) {
    if (dimensions < 1) {
      throw new IllegalArgumentException(
          "Invalid value %d for dimensions: must be at least 1.".formatted(dimensions));
    }
    this.dimensions = dimensions;
  }

  /** The vector that a text gets, to compare with. */
  public float[] vector(String text, @Nullable String promptName) {
    return embedding(tokenise(text, promptName)).vector();
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public TokenLayout layout() {
    return TokenLayout.PADDED;
  }

  @Override
  public String modelName() {
    return NAME;
  }

  @Override
  public String modelDigest() {
    return NAME + "-" + dimensions;
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    if (text.isBlank()) {
      throw new TextRejectedException(Reason.BLANK, "The text is blank.");
    }
    if (text.equals(REJECTED)) {
      throw new TextRejectedException(Reason.INFERENCE_FAILED, "The text is to be rejected.");
    }
    String content = promptName(promptName) + '\n' + text;
    UUID hash = UUID.nameUUIDFromBytes(content.getBytes(StandardCharsets.UTF_8));
    int words = text.strip().split("\\s+", -1).length;
    long[] ids = new long[words + 1]; // the hash takes the place of a special token
    ids[0] = hash.getMostSignificantBits() ^ hash.getLeastSignificantBits();
    return new TokenIds(ids, /* truncated= */ false);
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    List<Embedding> embeddings = new ArrayList<>(batch.size());
    for (TokenIds tokens : batch) {
      embeddings.add(embedding(tokens));
    }
    return embeddings;
  }

  private Embedding embedding(TokenIds tokens) {
    Random random = new Random(tokens.ids()[0]);
    float[] vector = new float[dimensions];
    double squares = 0;
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) random.nextGaussian();
      squares += (double) vector[i] * vector[i];
    }
    float norm = (float) Math.sqrt(squares);
    for (int i = 0; i < dimensions; i++) {
      vector[i] /= norm;
    }
    return new Embedding(vector, tokens.length(), tokens.truncated());
  }

  @Override
  public void probe() {
    // it always works
  }

  @Override
  public void terminate() {
    // it is quick
  }

  @Override
  public void close() {
    // it holds nothing
  }
}
