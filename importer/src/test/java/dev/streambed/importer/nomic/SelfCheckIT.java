package dev.streambed.importer.nomic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.nomic.checkpoint.AlteredCheckpoint;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import dev.streambed.importer.nomic.graph.ExpertForm;
import dev.streambed.importer.nomic.graph.GraphOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelfCheckIT {
  @TempDir Path directory;
  private Path checkpoint;

  @BeforeEach
  void writeCheckpoint() throws IOException {
    checkpoint = TestCheckpoints.write(TestCheckpoints.MICRO, directory.resolve("checkpoint"));
  }

  @ParameterizedTest
  @CsvSource({"FP32, ROUTED", "FP32, FUSED", "FP16, ROUTED", "FP16, FUSED", "INT8, ROUTED"})
  void everyGraphWeBuildPasses(Precision precision, ExpertForm experts) {
    var source =
        CheckpointImport.of(checkpoint).withGraph(new GraphOptions(precision, experts, 64));

    ModelDirectory model = importTo(source, ImportProgress.NONE);

    assertThat(model.description().precision()).isEqualTo(precision);
    assertThat(model.description().maxTokens()).isEqualTo(64);
  }

  /**
   * The graph is built of one checkpoint, the reference of another, whose layer 2 has one other
   * weight.
   */
  @Test
  void wrongGraphIsRefusedAndItsFirstWrongLayerNamed() throws IOException {
    ModelDirectory model = importTo(CheckpointImport.of(checkpoint), ImportProgress.NONE);
    Path other = TestCheckpoints.write(TestCheckpoints.MICRO, directory.resolve("other"));
    AlteredCheckpoint.tensor(
        other,
        "encoder.layers.2.mlp.fc1.bias",
        values -> {
          values[0] += 1;
          return values;
        });

    assertThatThrownBy(
            () ->
                SelfCheck.run(
                    Checkpoint.open(other), model, GraphOptions.DEFAULT, ImportProgress.NONE))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("The graph disagrees with the reference")
        .hasMessageContaining("The first hidden states to differ are those after 3 of 4 layers");
  }

  @Test
  void weightsThatAreNoNumbersAreRefused() throws IOException {
    AlteredCheckpoint.tensor(
        checkpoint,
        "encoder.layers.3.mlp.experts.mlp.w1",
        values -> {
          values[values.length - 1] = Float.NaN;
          return values;
        });

    assertThatThrownBy(() -> importTo(CheckpointImport.of(checkpoint), ImportProgress.NONE))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("The graph disagrees with the reference");
    assertThat(directory.resolve("model")).doesNotExist();
  }

  @Test
  void tokeniserWithoutTheModelsSpecialTokensIsRefused() throws IOException {
    Path tokenizer = checkpoint.resolve("tokenizer.json");
    String file = Files.readString(tokenizer, StandardCharsets.UTF_8);
    int start = file.indexOf("\"post_processor\"");
    int end = file.indexOf("\"decoder\"");
    Files.writeString(
        tokenizer, file.substring(0, start) + "\"post_processor\": null, " + file.substring(end));

    assertThatThrownBy(() -> importTo(CheckpointImport.of(checkpoint), ImportProgress.NONE))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("does not put a text between <s> (0) and </s> (2)");
  }

  @Test
  void tellsEachStepAndItsFigures() {
    List<String> steps = new ArrayList<>();
    List<String> results = new ArrayList<>();
    ImportProgress progress =
        new ImportProgress() {
          @Override
          public void stepBegins(String step) {
            steps.add(step);
          }

          @Override
          public void stepAdvances(long done, long total) {
            assertThat(done).isLessThanOrEqualTo(total);
          }

          @Override
          public void stepEnds(String result) {
            results.add(result);
          }
        };

    importTo(CheckpointImport.of(checkpoint), progress);

    assertThat(results).hasSameSizeAs(steps);
    assertThat(String.join("; ", results))
        .contains("52 tensors, 100,192 parameters")
        .contains("largest difference of a unit vector's component")
        .contains("at most 1e-05 is allowed");
  }

  private ModelDirectory importTo(CheckpointImport source, ImportProgress progress) {
    return CheckpointImporter.importTo(source, directory.resolve("model"), progress);
  }
}
