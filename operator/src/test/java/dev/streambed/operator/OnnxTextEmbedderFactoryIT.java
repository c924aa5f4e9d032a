package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.ModelDirectory;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TinyModelDirectory;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxTextEmbedderFactoryIT {
  private final ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());

  @Test
  void slotsOfOneTaskManagerShareASessionUntilTheLastCloses() {
    OnnxTextEmbedderFactory factory = factory(SessionSharing.TASK_MANAGER, model.digest());
    TextEmbedder first = factory.open();
    TextEmbedder second = factory.open();

    first.terminate(); // would end the runs of the second
    first.close();
    first.close(); // idempotent: the second still holds it
    second.probe();
    second.terminate(); // the last may

    assertThatThrownBy(second::probe).isInstanceOf(InferenceException.class);
    second.close();
    try (TextEmbedder afresh = factory.open()) {
      afresh.probe();
    }
  }

  @Test
  void slotsHaveSessionsOfTheirOwnByDefault() {
    var factory =
        new OnnxTextEmbedderFactory(
            model.path().toString(), EmbedderOptions.DEFAULT, model.digest());
    try (TextEmbedder first = factory.open();
        TextEmbedder second = factory.open()) {
      first.terminate();

      assertThatThrownBy(first::probe).isInstanceOf(InferenceException.class);
      assertThat(second.embed(List.of(second.tokenise("the", null)))).hasSize(1);
    }
  }

  @Test
  void refusesAnotherModelUnderTheSamePath() {
    OnnxTextEmbedderFactory factory = factory(SessionSharing.SLOT, "0".repeat(64));

    assertThatThrownBy(factory::open)
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("the job was started with " + "0".repeat(64));
  }

  private OnnxTextEmbedderFactory factory(SessionSharing sharing, String digest) {
    return new OnnxTextEmbedderFactory(
        model.path().toString(), EmbedderOptions.DEFAULT, digest, sharing);
  }
}
