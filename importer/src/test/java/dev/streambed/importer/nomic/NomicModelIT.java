package dev.streambed.importer.nomic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.nomic.checkpoint.Golden;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import dev.streambed.importer.nomic.graph.ExpertForm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NomicModelIT {
  @TempDir Path directory;
  private Path checkpoint;

  @BeforeEach
  void writeCheckpoint() throws IOException {
    checkpoint = TestCheckpoints.write(TestCheckpoints.TINY, directory.resolve("checkpoint"));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INT4") // no checkpoint is imported in 4 bits
  void countsParametersWhateverThePrecision(Precision precision) {
    NomicModel model = model(CheckpointImport.of(checkpoint).withPrecision(precision));

    assertThat(model.parameters()).isEqualTo(724_928);
    assertThat(model.activeParameters()).isEqualTo(724_928 - 2 * 6 * 2 * 256 * 64);
    assertThat(model.experts()).isEqualTo(8);
    assertThat(model.routedLayers()).containsExactly(1, 3);
  }

  @Test
  void routingStatisticsAreThoseOfTheGoldens() {
    NomicModel model = model(CheckpointImport.of(checkpoint));
    Golden.Case single = Golden.read("tiny").cases().get(1);

    List<LayerRouting> routing =
        model.routing(single.texts().stream().map(ids -> new TokenIds(ids, false)).toList());

    assertThat(routing).extracting(LayerRouting::layer).containsExactly(1, 3);
    for (LayerRouting layer : routing) {
      assertThat(layer.meanWeight())
          .isCloseTo(single.meanWeight(layer.layer()), within(1e-6)); // float sums
      assertThat(layer.tokensPerExpert()).isEqualTo(single.tokensPerExpert(layer.layer()));
    }
  }

  @Test
  void fusedExpertsKeepTheirChoiceToThemselves() {
    NomicModel model = model(CheckpointImport.of(checkpoint).withExperts(ExpertForm.FUSED));

    List<LayerRouting> routing = model.routing(List.of(new TokenIds(new long[] {0, 5, 2}, false)));

    assertThat(routing).isEmpty();
    assertThat(model.parameters()).isEqualTo(724_928);
  }

  @Test
  void acceptanceTellsAGeneratedModelFromThePublishedOne() {
    ModelDirectory model = importTo(CheckpointImport.of(checkpoint));

    List<NomicAcceptance.Finding> findings;
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      findings = NomicAcceptance.run(model, embedder);
    }

    assertThat(findings).hasSize(1 + 3 + 2 + 2); // size, cosines, vectors, routed layers
    assertThat(findings.get(0))
        .isEqualTo(new NomicAcceptance.Finding("parameters", "724,928", "475,292,928", false));
    assertThat(findings).filteredOn(NomicAcceptance.Finding::passed).hasSizeLessThan(4);
  }

  private NomicModel model(CheckpointImport source) {
    return NomicModel.of(importTo(source)).orElseThrow();
  }

  private ModelDirectory importTo(CheckpointImport source) {
    return CheckpointImporter.importTo(source, directory.resolve("model"), ImportProgress.NONE);
  }
}
