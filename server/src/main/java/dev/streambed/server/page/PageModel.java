package dev.streambed.server.page;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Utf8;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The model that queries go through.
 *
 * @param digest of its directory, by which records of version 1 name it
 * @param space of the vectors that are shown
 */
@API(status = API.Status.INTERNAL)
public record PageModel(ModelDescription description, String digest, VectorSpace space) {
  private static final String QUERY_PROMPT = "query";

  /** The name of the prompt for a query that names none, as {@code streambed search} has it. */
  String queryPrompt() {
    return description.prompts().containsKey(QUERY_PROMPT)
        ? QUERY_PROMPT
        : OnnxTextEmbedder.defaultPrompt(description, EmbedderOptions.DEFAULT);
  }

  /** Why an embedding does not compare with queries; empty if it does. */
  Optional<String> refusal(EmbeddingRecord embedding) {
    String found = embedding.provenance().space();
    ModelReference its = embedding.provenance().model();
    if (found == null) { // a record of version 1
      if (its.digest().equals(digest) && embedding.dimensions() == space.dimensions()) {
        return Optional.empty();
      }
      found =
          "model %s (digest %s) with %d dimensions"
              .formatted(Utf8.printable(its.name()), its.digest(), embedding.dimensions());
    }
    return found.equals(space.toString())
        ? Optional.empty()
        : Optional.of(
            "There are vectors of %s, which do not compare with those of this server's model, %s: start it with the model directory that made them."
                .formatted(Utf8.printable(found), space));
  }
}
