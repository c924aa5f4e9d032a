package dev.streambed.embedder.model;

import static dev.streambed.embedder.Requirements.check;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenLayout;
import dev.streambed.embedder.VectorSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The content of {@value #FILE_NAME}: the contract between the importer, which writes it, and the
 * embedder. The file also has the address of the {@linkplain #space() vector space}, which follows
 * from the rest; files of older versions have none.
 *
 * @param formatVersion {@value #FORMAT_VERSION}
 * @param name of the model, for people and for the provenance of each vector
 * @param revision of the model's source, such as a commit; empty if not known
 * @param sourceDigest sha-256 of the file the weights came from, whatever precision they have in
 *     the graph, lower-case hex; if they came from several files, of a list of these
 * @param inputs names of the graph's inputs, int64 [batch, sequence]: input_ids and attention_mask
 * @param output name of the graph's pooled output, float32 [batch, hiddenSize], not normalised
 * @param hiddenSize length of a pooled vector
 * @param dimensions the lengths that a vector may be truncated to
 * @param pooling how the graph pools
 * @param prompts text to put before a text, by the name of its use; may be empty
 * @param maxTokens most tokens of a text, special tokens and prompt included
 * @param precision arithmetic of the graph
 * @param files sha-256 in lower-case hex of each file of the directory but this one, by name
 * @param externalData weights outside the directory, if any
 * @param layout what the graph computes for padding; null, and not in the file, for {@link
 *     TokenLayout#PADDED}
 * @param specialTokensInText what a special token in a text is; null, and not in the file, for
 *     {@link SpecialTokensInText#TEXT}
 * @param batchDependent true, and only then in the file, if the last bits of a vector, or more of
 *     it, depend on the other texts of its batch
 */
@JsonPropertyOrder({
  "formatVersion",
  "name",
  "revision",
  "sourceDigest",
  "space",
  "inputs",
  "output",
  "hiddenSize",
  "dimensions",
  "pooling",
  "prompts",
  "maxTokens",
  "precision",
  "files",
  "externalData",
  "layout",
  "specialTokensInText",
  "batchDependent"
})
@API(status = API.Status.EXPERIMENTAL)
public record ModelDescription(
    int formatVersion,
    String name,
    String revision,
    String sourceDigest,
    List<String> inputs,
    String output,
    int hiddenSize,
    DimensionRange dimensions,
    Pooling pooling,
    Map<String, String> prompts,
    int maxTokens,
    Precision precision,
    Map<String, String> files,
    @Nullable ExternalData externalData,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable TokenLayout layout,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SpecialTokensInText specialTokensInText,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean batchDependent) {
  public static final String FILE_NAME = "streambed-model.json";
  public static final int FORMAT_VERSION = 1;

  private static final String BATCH_DEPENDENT = "batch-dependent";
  private static final String SPACE = "space";
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  public ModelDescription {
    check(
        formatVersion == FORMAT_VERSION,
        "formatVersion",
        formatVersion,
        FORMAT_VERSION + " (import the model again with this version of Streambed)");
    check(!name.isBlank(), "name", name, "a name");
    check(
        SHA_256.matcher(sourceDigest).matches(),
        "sourceDigest",
        "'" + sourceDigest + "'",
        "64 lower-case hex digits");
    check(hiddenSize >= 1, "hiddenSize", hiddenSize, "at least 1");
    check(
        dimensions.maximum() <= hiddenSize,
        "dimensions",
        dimensions,
        "at most hiddenSize " + hiddenSize);
    check(maxTokens >= 3, "maxTokens", maxTokens, "at least 3 (two special tokens and a word)");
    check(!prompts.containsKey(EmbedderOptions.NO_PROMPT), "prompts", "none", "another name");
    inputs = List.copyOf(inputs);
    prompts = Collections.unmodifiableMap(new TreeMap<>(prompts));
    files = Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /**
   * The same for a graph whose vectors depend on the other texts of a batch. The revision says so
   * too, as it is part of each record's provenance.
   */
  public ModelDescription withBatchDependence() {
    String marked = revision.isEmpty() ? BATCH_DEPENDENT : revision + "+" + BATCH_DEPENDENT;
    return new ModelDescription(
        formatVersion,
        name,
        marked,
        sourceDigest,
        inputs,
        output,
        hiddenSize,
        dimensions,
        pooling,
        prompts,
        maxTokens,
        precision,
        files,
        externalData,
        layout,
        specialTokensInText,
        /* batchDependent= */ true);
  }

  /** The space of the model's vectors in their full length. */
  public VectorSpace space() {
    return space(0);
  }

  /**
   * The space of the model's vectors.
   *
   * @param length of the vectors; 0 for their full length. Not compared with {@link #dimensions}
   */
  public VectorSpace space(int length) {
    return new VectorSpace(
        name,
        sourceDigest.substring(0, VectorSpace.WEIGHTS_DIGITS),
        pooling.name().toLowerCase(Locale.ROOT),
        length == 0 ? dimensions.maximum() : length);
  }

  @JsonProperty(SPACE)
  private String writtenSpace() {
    return space().toString();
  }

  /**
   * Reads the description of a model directory.
   *
   * @throws InvalidModelException if the file is missing or contradicts itself
   */
  public static ModelDescription read(Path directory) {
    Path file = directory.resolve(FILE_NAME);
    try {
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      JsonNode space = null;
      if (json instanceof ObjectNode object) {
        addWhatIsLeftOut(object);
        space = object.remove(SPACE);
      }
      ModelDescription description = JSON.treeToValue(json, ModelDescription.class);
      if (space != null && !space.asText().equals(description.writtenSpace())) {
        throw new InvalidModelException(
            "Cannot use %s: its space is '%s', but its name, sourceDigest, dimensions and pooling make %s. Import the model again."
                .formatted(file, space.asText(), description.writtenSpace()));
      }
      return description;
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(
          "Cannot use %s: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new InvalidModelException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void addWhatIsLeftOut(ObjectNode description) {
    for (String name : List.of("layout", "specialTokensInText")) {
      if (!description.has(name)) {
        description.putNull(name);
      }
    }
    if (!description.has("batchDependent")) {
      description.put("batchDependent", false);
    }
  }

  /** Writes the description into a model directory: the same bytes for the same description. */
  public void write(Path directory) throws IOException {
    byte[] json = JSON.writeValueAsBytes(this);
    Files.write(directory.resolve(FILE_NAME), json);
  }
}
