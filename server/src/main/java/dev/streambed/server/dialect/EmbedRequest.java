package dev.streambed.server.dialect;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A request for embeddings, as its body says. A null was not in it.
 *
 * @param inputs at least one
 * @param model name of the model, not compared with any
 * @param prompt name of the prompt, not compared with those of the model
 * @param options of the answer
 */
@API(status = API.Status.INTERNAL)
public record EmbedRequest(
    List<Input> inputs, @Nullable String model, @Nullable String prompt, Options options) {
  public EmbedRequest {
    inputs = List.copyOf(inputs);
  }

  /** How vectors are written. */
  public enum Encoding {
    FLOAT,
    /** Little-endian float32 in base64. */
    BASE64
  }

  /**
   * The vectors that are asked for.
   *
   * @param dimensions at least 1
   * @param normalize false for the first components of the pooled vector, as they are
   * @param truncate false if a long text is to be refused
   */
  public record Options(
      @Nullable Integer dimensions,
      boolean normalize,
      @Nullable Boolean truncate,
      Encoding encoding) {}
}
