package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class OnnxTextEmbedderFactoryIT {
  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  @Test
  void slotsOfOneTaskManagerShareASessionUntilTheLastCloses() {
    OnnxTextEmbedderFactory factory = factory(SessionSharing.TASK_MANAGER, model.digest());
    TextEmbedder first = factory.open(OptionalInt.empty());
    TextEmbedder second = factory.open(OptionalInt.empty());

    first.terminate(); // its own runs alone
    assertThatThrownBy(first::probe).isInstanceOf(InferenceException.class);
    first.close();
    first.close(); // idempotent: the second still holds it
    second.probe();
    second.terminate();

    assertThatThrownBy(second::probe).isInstanceOf(InferenceException.class);
    second.close();
    try (TextEmbedder afresh = factory.open(OptionalInt.empty())) {
      afresh.probe();
    }
  }

  @Test
  void aSlotThatEndsDoesNotEndOneThatComesAfterIt() {
    OnnxTextEmbedderFactory factory = factory(SessionSharing.TASK_MANAGER, model.digest());
    TextEmbedder ends = factory.open(OptionalInt.empty());

    ends.terminate(); // the only one then
    try (TextEmbedder comes = factory.open(OptionalInt.empty())) {
      ends.close();

      comes.probe();
    }
  }

  @Test
  void usersWhoDifferInDimensionsAndPromptShareASession() {
    EmbedderOptions options = EmbedderOptions.DEFAULT;
    TextEmbedder whole = factory(SessionSharing.TASK_MANAGER, options).open(OptionalInt.empty());
    TextEmbedder queries =
        factory(SessionSharing.TASK_MANAGER, options.withDimensions(4).withPrompt("query"))
            .open(OptionalInt.empty());

    try (whole;
        queries;
        TextEmbedder alone =
            factory(SessionSharing.SLOT, options.withDimensions(4).withPrompt("query"))
                .open(OptionalInt.empty())) {
      assertThat(OnnxTextEmbedderFactory.openSessions()).isEqualTo(1);
      assertThat(queries.promptName(null)).isEqualTo("query");
      assertThat(whole.promptName(null)).isEqualTo("passage");
      assertThat(vector(whole)).hasSize(8);
      assertThat(vector(queries)).isEqualTo(vector(alone)).hasSize(4);
    }
    assertThat(OnnxTextEmbedderFactory.openSessions()).isZero();
  }

  private static float[] vector(TextEmbedder embedder) {
    return embedder.embed(List.of(embedder.tokenise("the world", null))).get(0).vector();
  }

  @Test
  void slotsHaveSessionsOfTheirOwnByDefault() {
    var factory =
        new OnnxTextEmbedderFactory(
            model.path().toString(), EmbedderOptions.DEFAULT, model.digest());
    try (TextEmbedder first = factory.open(OptionalInt.empty());
        TextEmbedder second = factory.open(OptionalInt.empty())) {
      first.terminate();

      assertThatThrownBy(first::probe).isInstanceOf(InferenceException.class);
      assertThat(second.embed(List.of(second.tokenise("the", null)))).hasSize(1);
    }
  }

  @Test
  void refusesAnotherModelUnderTheSamePath() {
    OnnxTextEmbedderFactory factory = factory(SessionSharing.SLOT, "0".repeat(64));

    assertThatThrownBy(() -> factory.open(OptionalInt.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("the job was started with " + "0".repeat(64));
  }

  @Test
  void refusesToRunWithoutTheGpuThatIsDemanded() {
    OnnxTextEmbedderFactory factory = factory(DeviceChoice.CUDA);

    assertThatThrownBy(() -> factory.open(OptionalInt.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot run on a GPU: Flink lists none for this TaskManager.");
    assertThatThrownBy(() -> factory.open(OptionalInt.of(3)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot run on cuda:3: ");
  }

  @Test
  void takesTheNamedGpuWhateverFlinkAssigns() {
    OnnxTextEmbedderFactory factory = factory(DeviceChoice.CUDA.on(5));

    assertThatThrownBy(() -> factory.open(OptionalInt.of(3)))
        .hasMessageStartingWith("Cannot run on cuda:5: ");
    assertThatThrownBy(() -> factory.open(OptionalInt.empty()))
        .hasMessageStartingWith("Cannot run on cuda:5: ");
  }

  @Test
  void runsOnTheCpuWhereNoGpuIsDemanded() {
    try (TextEmbedder without = factory(DeviceChoice.AUTO).open(OptionalInt.empty());
        TextEmbedder with = factory(DeviceChoice.AUTO).open(OptionalInt.of(3));
        TextEmbedder onCpu = factory(DeviceChoice.CPU).open(OptionalInt.of(3))) {
      assertThat(without.device()).isEqualTo(Device.CPU);
      assertThat(with.device().isCpu()).isTrue();
      assertThat(with.device().fallback()).startsWith("Cannot run on cuda:3: ");
      assertThat(onCpu.device()).isEqualTo(Device.CPU);
    }
  }

  @Test
  void slotsOnDifferentGpusShareNoSession() {
    var factory =
        new OnnxTextEmbedderFactory(
            model.path().toString(),
            EmbedderOptions.DEFAULT.withDevice(DeviceChoice.AUTO),
            model.digest(),
            SessionSharing.TASK_MANAGER);
    try (TextEmbedder first = factory.open(OptionalInt.of(0));
        TextEmbedder second = factory.open(OptionalInt.of(1))) {
      first.terminate();

      assertThatThrownBy(first::probe).isInstanceOf(InferenceException.class);
      second.probe();
    }
  }

  private OnnxTextEmbedderFactory factory(DeviceChoice device) {
    return new OnnxTextEmbedderFactory(
        model.path().toString(), EmbedderOptions.DEFAULT.withDevice(device), model.digest());
  }

  private OnnxTextEmbedderFactory factory(SessionSharing sharing, EmbedderOptions options) {
    return new OnnxTextEmbedderFactory(model.path().toString(), options, model.digest(), sharing);
  }

  private OnnxTextEmbedderFactory factory(SessionSharing sharing, String digest) {
    return new OnnxTextEmbedderFactory(
        model.path().toString(), EmbedderOptions.DEFAULT, digest, sharing);
  }
}
