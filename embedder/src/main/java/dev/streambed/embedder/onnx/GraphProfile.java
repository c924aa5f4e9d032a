package dev.streambed.embedder.onnx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * Finds out where the nodes of a graph really run. Only the file of ONNX Runtime's profiler says
 * so: a session may be opened for a GPU and still leave every node on the CPU.
 */
@API(status = API.Status.INTERNAL)
public final class GraphProfile {
  private GraphProfile() {}

  /**
   * Loads the graph once more, runs a batch, and counts the nodes that ran.
   *
   * @return nodes by execution provider, such as {@code CUDAExecutionProvider}
   * @throws InvalidModelException if the graph cannot be loaded or the device not be used
   */
  public static Map<String, Integer> nodesByProvider(
      ModelDirectory model, Device device, List<TokenIds> batch) {
    TokenBatch tokens = new TokenBatch();
    tokens.fill(batch);
    try {
      Path directory = Files.createTempDirectory("streambed-profile");
      try {
        Path profile = OnnxSession.profile(model, device, tokens, directory.resolve("profile"));
        Map<String, Integer> nodes = count(profile);
        Files.delete(profile);
        return nodes;
      } finally {
        Files.deleteIfExists(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot profile " + model.path() + ".", e);
    }
  }

  /** The nodes in a profile: events of the category Node that name a provider. */
  static Map<String, Integer> count(Path profile) throws IOException {
    Map<String, Integer> nodes = new TreeMap<>();
    try (MappingIterator<JsonNode> events =
        new ObjectMapper().readerFor(JsonNode.class).readValues(profile.toFile())) {
      while (events.hasNextValue()) {
        JsonNode event = events.nextValue();
        String provider = event.path("args").path("provider").asText("");
        if (event.path("cat").asText("").equals("Node") && !provider.isEmpty()) {
          nodes.merge(provider, 1, Integer::sum);
        }
      }
    }
    return nodes;
  }
}
