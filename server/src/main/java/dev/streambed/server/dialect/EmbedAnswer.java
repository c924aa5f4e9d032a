package dev.streambed.server.dialect;

import java.util.List;
import org.apiguardian.api.API;

/**
 * The embeddings of a request.
 *
 * @param model name of the model
 * @param vectors one per input, in their order; shared, not copied
 * @param tokens of all inputs
 * @param truncated how many inputs were truncated
 */
@API(status = API.Status.INTERNAL)
public record EmbedAnswer(
    String model,
    List<float[]> vectors,
    long tokens,
    int truncated,
    EmbedRequest.Encoding encoding) {
  public EmbedAnswer {
    vectors = List.copyOf(vectors);
  }
}
