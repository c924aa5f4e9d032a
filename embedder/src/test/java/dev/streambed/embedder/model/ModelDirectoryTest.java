package dev.streambed.embedder.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
  @TempDir Path directory;

  @BeforeEach
  void copyTinyModel() throws IOException {
    for (String file :
        List.of(
            ModelDescription.FILE_NAME, ModelDirectory.GRAPH_FILE, ModelDirectory.TOKENIZER_FILE)) {
      Files.copy(TinyModelDirectory.path().resolve(file), directory.resolve(file));
    }
  }

  @Test
  void readsWhatTheImporterWrote() {
    ModelDescription description = ModelDirectory.open(directory).description();

    assertThat(description.hiddenSize()).isEqualTo(8);
    assertThat(description.dimensions()).isEqualTo(new DimensionRange(4, 8));
    assertThat(description.prompts()).isEqualTo(Map.of("query", "query: ", "passage", "passage: "));
  }

  @Test
  void writesTheDescriptionThatItReads() throws IOException {
    byte[] before = Files.readAllBytes(directory.resolve(ModelDescription.FILE_NAME));

    ModelDescription.read(directory).write(directory);

    assertThat(directory.resolve(ModelDescription.FILE_NAME)).hasBinaryContent(before);
  }

  @Test
  void readsADirectoryFromBeforeThereWereAddresses() throws IOException {
    ModelDescription before = ModelDescription.read(directory);
    replace("  \"space\" : \"streambed://text-embedding@1/tiny@dd397c130918?dimensions=8\",\n", "");

    assertThat(ModelDirectory.open(directory).description()).isEqualTo(before);
  }

  @Test
  void knowsTheSpaceOfEachLengthOfItsVectors() {
    ModelDescription description = ModelDirectory.open(directory).description();

    assertThat(description.space())
        .hasToString("streambed://text-embedding@1/tiny@dd397c130918?dimensions=8");
    assertThat(description.space(4)).isEqualTo(description.space().withDimensions(4));
  }

  @Test
  void refusesASpaceThatDoesNotFollowFromTheRest() throws IOException {
    replace("\"name\" : \"tiny\"", "\"name\" : \"small\"");

    assertThatThrownBy(() -> ModelDirectory.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageEndingWith(
            ": its space is 'streambed://text-embedding@1/tiny@dd397c130918?dimensions=8', but its"
                + " name, sourceDigest, dimensions and pooling make"
                + " streambed://text-embedding@1/small@dd397c130918?dimensions=8. Import the model"
                + " again.");
  }

  @Test
  void refusesASourceDigestThatIsNone() throws IOException {
    replace("dd397c130918c3ea", "unknown");

    assertThatThrownBy(() -> ModelDirectory.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("for sourceDigest: must be 64 lower-case hex digits");
  }

  @Test
  void namesTheMissingDirectory() {
    Path missing = directory.resolve("nowhere");

    assertThatThrownBy(() -> ModelDirectory.open(missing))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(
            "There is no model directory %s. Create it with: streambed import --onnx <file> --tokenizer <file> %s, or for nomic-embed-text-v2-moe: streambed import <checkpoint> %s",
            missing, missing, missing);
  }

  @Test
  void namesTheMissingFileAndWhatIsThere() throws IOException {
    Files.delete(directory.resolve(ModelDirectory.TOKENIZER_FILE));

    assertThatThrownBy(() -> ModelDirectory.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(
            "has no tokenizer.json (found: model.onnx, streambed-model.json). Create it with: streambed import");
  }

  @Test
  void noticesAChangedFile() throws IOException {
    Path graph = directory.resolve(ModelDirectory.GRAPH_FILE);
    byte[] bytes = Files.readAllBytes(graph);
    bytes[bytes.length / 2] ^= 1;
    Files.write(graph, bytes);

    assertThatThrownBy(() -> ModelDirectory.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith(graph + " was changed since the import: its sha-256 is ");
  }

  @Test
  void noticesMissingExternalWeights() throws IOException {
    ModelDescription tiny = ModelDescription.read(directory);
    Path weights = directory.resolve("model.safetensors");
    withExternalData(tiny, new ExternalData(weights.toString(), 1, "0".repeat(64)))
        .write(directory);

    assertThatThrownBy(() -> ModelDirectory.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("there is no file " + weights);
  }

  @Test
  void refusesAnotherFormatVersion() throws IOException {
    replace("\"formatVersion\" : 1", "\"formatVersion\" : 2");

    assertThatThrownBy(() -> ModelDirectory.open(directory))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(
            "Invalid value 2 for formatVersion: must be 1 (import the model again with this version of Streambed)");
  }

  @Test
  void refusesAMissingAndAnUnknownProperty() throws IOException {
    replace("\"maxTokens\" : 16,", "");
    assertThatThrownBy(() -> ModelDirectory.open(directory)).hasMessageContaining("maxTokens");

    replace("\"hiddenSize\" : 8,", "\"hiddenSize\" : 8, \"maxTokens\" : 16, \"shoeSize\" : 42,");
    assertThatThrownBy(() -> ModelDirectory.open(directory)).hasMessageContaining("shoeSize");
  }

  private void replace(String before, String after) throws IOException {
    Path file = directory.resolve(ModelDescription.FILE_NAME);
    String json = Files.readString(file);
    assertThat(json).contains(before);
    Files.writeString(file, json.replace(before, after));
  }

  private static ModelDescription withExternalData(ModelDescription m, ExternalData externalData) {
    return new ModelDescription(
        m.formatVersion(),
        m.name(),
        m.revision(),
        m.sourceDigest(),
        m.inputs(),
        m.output(),
        m.hiddenSize(),
        m.dimensions(),
        m.pooling(),
        m.prompts(),
        m.maxTokens(),
        m.precision(),
        m.files(),
        externalData,
        m.layout(),
        m.specialTokensInText(),
        m.batchDependent());
  }
}
