package dev.streambed.importer;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.embedder.DimensionRange;
import dev.streambed.embedder.ModelDescription;
import dev.streambed.embedder.ModelDirectory;
import dev.streambed.embedder.Pooling;
import dev.streambed.embedder.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Writes the model that the tests of all modules use; run its {@code main} in the root of the
 * project. {@link TinyModelTest} fails when the files and this class disagree.
 */
final class TinyModel {
  static final Path MODEL = Path.of("embedder/src/test/resources/tiny-model");
  static final Path ENCODER = Path.of("importer/src/test/resources/tiny-encoder.onnx");
  private static final ObjectMapper JSON = new ObjectMapper();

  private TinyModel() {}

  public static void main(String[] arguments) throws IOException {
    Path root = Path.of(arguments.length > 0 ? arguments[0] : "");
    ModelProto encoder = TinyEncoder.build(TinyEncoder.vocabulary().size());
    Files.createDirectories(root.resolve(ENCODER).getParent());
    Files.write(root.resolve(ENCODER), encoder.toByteArray());
    byte[] graph = PooledGraph.append(encoder, Pooling.MEAN, TinyEncoder.HIDDEN_SIZE).toByteArray();
    byte[] tokenizer = tokenizer();
    Path model = Files.createDirectories(root.resolve(MODEL));
    Files.write(model.resolve("model.onnx"), graph);
    Files.write(model.resolve("tokenizer.json"), tokenizer);
    description(model, encoder).write(model);
  }

  /**
   * A WordPiece tokenizer whose file truncates at 6 and pads to 12: both must never be inherited.
   */
  static byte[] tokenizer() throws JsonProcessingException {
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putObject("truncation")
        .put("direction", "Right")
        .put("max_length", 6)
        .put("strategy", "LongestFirst")
        .put("stride", 0);
    ObjectNode padding = root.putObject("padding");
    padding.putObject("strategy").put("Fixed", 12);
    padding
        .put("direction", "Right")
        .putNull("pad_to_multiple_of")
        .put("pad_id", 0)
        .put("pad_type_id", 0)
        .put("pad_token", "[PAD]");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < 4; id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", TinyEncoder.vocabulary().get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    root.putObject("normalizer")
        .put("type", "BertNormalizer")
        .put("clean_text", true)
        .put("handle_chinese_chars", true)
        .putNull("strip_accents")
        .put("lowercase", true);
    root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    ObjectNode template = root.putObject("post_processor").put("type", "TemplateProcessing");
    template
        .putArray("single")
        .add(special("[CLS]", 0))
        .add(sequence("A", 0))
        .add(special("[SEP]", 0));
    template
        .putArray("pair")
        .add(special("[CLS]", 0))
        .add(sequence("A", 0))
        .add(special("[SEP]", 0))
        .add(sequence("B", 1))
        .add(special("[SEP]", 1));
    ObjectNode specials = template.putObject("special_tokens");
    for (int id : List.of(2, 3)) {
      String token = TinyEncoder.vocabulary().get(id);
      ObjectNode special = specials.putObject(token).put("id", token);
      special.putArray("ids").add(id);
      special.putArray("tokens").add(token);
    }
    root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode model =
        root.putObject("model")
            .put("type", "WordPiece")
            .put("unk_token", "[UNK]")
            .put("continuing_subword_prefix", "##")
            .put("max_input_chars_per_word", 100);
    ObjectNode vocabulary = model.putObject("vocab");
    List<String> words = TinyEncoder.vocabulary();
    for (int id = 0; id < words.size(); id++) {
      vocabulary.put(words.get(id), id);
    }
    return pretty(root).getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode special(String token, int type) {
    ObjectNode node = JSON.createObjectNode();
    node.putObject("SpecialToken").put("id", token).put("type_id", type);
    return node;
  }

  private static ObjectNode sequence(String name, int type) {
    ObjectNode node = JSON.createObjectNode();
    node.putObject("Sequence").put("id", name).put("type_id", type);
    return node;
  }

  private static ModelDescription description(Path model, ModelProto encoder) {
    return new ModelDescription(
        ModelDescription.FORMAT_VERSION,
        "tiny",
        "1",
        sha256(encoder.toByteArray()),
        List.of(PooledGraph.INPUT_IDS, PooledGraph.ATTENTION_MASK),
        PooledGraph.OUTPUT,
        TinyEncoder.HIDDEN_SIZE,
        new DimensionRange(4, TinyEncoder.HIDDEN_SIZE),
        Pooling.MEAN,
        Map.of("passage", "passage: ", "query", "query: "),
        TinyEncoder.MAX_TOKENS,
        Precision.FP32,
        Map.of(
            ModelDirectory.GRAPH_FILE,
            ModelDirectory.sha256(model.resolve(ModelDirectory.GRAPH_FILE)),
            ModelDirectory.TOKENIZER_FILE,
            ModelDirectory.sha256(model.resolve(ModelDirectory.TOKENIZER_FILE))),
        /* externalData= */ null);
  }

  private static String pretty(ObjectNode node) throws JsonProcessingException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node).replace("\r\n", "\n")
        + "\n";
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256.", e);
    }
  }
}
