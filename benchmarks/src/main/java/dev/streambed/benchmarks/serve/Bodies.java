package dev.streambed.benchmarks.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Requests and answers in the words of OpenAI's API, with vectors in base64 as its clients ask. */
final class Bodies {
  static final String PATH = "/v1/embeddings";

  private static final ObjectMapper JSON = new ObjectMapper();

  private Bodies() {}

  /** A request for each text. */
  static List<byte[]> single(List<String> texts) throws JsonProcessingException {
    List<byte[]> bodies = new ArrayList<>(texts.size());
    for (String text : texts) {
      bodies.add(JSON.writeValueAsBytes(request().put("input", text)));
    }
    return bodies;
  }

  /** Requests of several texts each; what is left over is in none. */
  static List<byte[]> lists(List<String> texts, int textsOfRequest) throws JsonProcessingException {
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i + textsOfRequest <= texts.size(); i += textsOfRequest) {
      ObjectNode request = request();
      request.set("input", JSON.valueToTree(texts.subList(i, i + textsOfRequest)));
      bodies.add(JSON.writeValueAsBytes(request));
    }
    return bodies;
  }

  private static ObjectNode request() {
    return JSON.createObjectNode()
        .put("model", "all-MiniLM-L6-v2")
        .put("encoding_format", "base64");
  }

  /** The first vector of an answer. */
  static float[] vector(byte[] answer) throws IOException {
    JsonNode embedding = JSON.readTree(answer).at("/data/0/embedding");
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(embedding.asText()))
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] vector = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(vector);
    return vector;
  }
}
