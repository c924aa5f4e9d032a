package dev.streambed.importer.nomic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImporter;
import dev.streambed.importer.onnx.TinyEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes the model that the tests of all modules use; run its {@code main} in the root of the
 * project. {@link TinyModelIT} fails when the files and this class disagree.
 */
final class TinyModel {
  static final Path MODEL = Path.of("embedder/src/test/resources/tiny-model");
  static final Path ENCODER = Path.of("importer/src/test/resources/tiny-encoder.onnx");
  static final Path TOKENIZER = Path.of("importer/src/test/resources/tiny-tokenizer.json");
  private static final ObjectMapper JSON = new ObjectMapper();

  private TinyModel() {}

  public static void main(String[] arguments) throws IOException {
    writeTo(Path.of(""));
  }

  /** Writes the files below the root of a project, over those that are there. */
  static void writeTo(Path root) throws IOException {
    Path encoder = root.resolve(ENCODER);
    Files.createDirectories(encoder.getParent());
    Files.write(encoder, TinyEncoder.build(TinyEncoder.vocabulary().size()).toByteArray());
    Path tokenizer = root.resolve(TOKENIZER);
    Files.write(tokenizer, tokenizer());
    Path model = root.resolve(MODEL);
    for (String file : List.of("model.onnx", "tokenizer.json", "streambed-model.json")) {
      Files.deleteIfExists(model.resolve(file));
    }
    OnnxImport source =
        OnnxImport.of(encoder, tokenizer)
            .withName("tiny")
            .withRevision("1")
            .withMaxTokens(TinyEncoder.MAX_TOKENS)
            .withMinimumDimensions(4)
            .withPrompts(Map.of("passage", "passage: ", "query", "query: "));
    OnnxImporter.importTo(source, model, ImportProgress.NONE);
  }

  /**
   * A WordPiece tokenizer whose file truncates at 6 and pads to 12: neither must ever be inherited.
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

  private static String pretty(ObjectNode node) throws JsonProcessingException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node).replace("\r\n", "\n")
        + "\n";
  }
}
