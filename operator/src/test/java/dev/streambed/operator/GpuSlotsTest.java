package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which GPU the slots of a TaskManager get, when Flink shows all of them to each. */
@Timeout(60)
class GpuSlotsTest {
  private final List<EmbeddingRuntime> slots = new ArrayList<>();

  @BeforeEach
  void forgetWhatOthersOpened() {
    Recording.OPENED.clear();
  }

  @AfterEach
  void closeSlots() {
    slots.forEach(EmbeddingRuntime::close);
  }

  @Test
  void slotsTakeTurnsWithTheGpusOfTheirTaskManager() {
    for (int i = 0; i < 4; i++) {
      open(new Recording(), gpus("1", "0"));
    }

    assertThat(Recording.OPENED)
        .containsExactly(
            OptionalInt.of(0), OptionalInt.of(1), OptionalInt.of(0), OptionalInt.of(1));
  }

  @Test
  void aRestartedSlotGetsTheGpuThatItLeft() {
    open(new Recording(), gpus("0", "1"));
    var failing = open(new Recording(), gpus("0", "1"));
    failing.close();

    open(new Recording(), gpus("0", "1"));

    assertThat(Recording.OPENED)
        .containsExactly(OptionalInt.of(0), OptionalInt.of(1), OptionalInt.of(1));
  }

  @Test
  void aSlotThatCannotOpenHoldsNoGpu() {
    assertThatThrownBy(() -> open(new Broken(), gpus("0", "1")))
        .hasMessage("no model in this test");

    open(new Recording(), gpus("0", "1"));

    assertThat(Recording.OPENED).containsExactly(OptionalInt.of(0));
  }

  @Test
  void aSlotHasNoGpuWhereFlinkListsNoneWithAnIndex() {
    open(new Recording(), Set.of());
    open(new Recording(), gpus("MIG-1c0"));

    assertThat(Recording.OPENED).containsExactly(OptionalInt.empty(), OptionalInt.empty());
  }

  private EmbeddingRuntime open(TextEmbedderFactory embedders, Set<ExternalResourceInfo> gpus) {
    var task =
        new EmbeddingTask(
            new TaskInfoImpl("embed", 1, 0, 1, 0),
            UnregisteredMetricsGroup.createOperatorMetricGroup(),
            name -> name.equals("gpu") ? gpus : Set.of(),
            (hook, run) -> {});
    EmbeddingRuntime slot = EmbeddingRuntime.open(task, embedders, new BatchingOptions(8, 100, 1));
    slots.add(slot);
    return slot;
  }

  private static Set<ExternalResourceInfo> gpus(String... indexes) {
    Set<ExternalResourceInfo> gpus = new LinkedHashSet<>();
    Arrays.stream(indexes).map(Gpu::new).forEach(gpus::add);
    return gpus;
  }

  /** As Flink's GPUInfo, which is in no jar of this module. */
  private record Gpu(String index) implements ExternalResourceInfo {
    @Override
    public Optional<String> getProperty(String key) {
      return Optional.ofNullable(Map.of("index", index).get(key));
    }

    @Override
    public Collection<String> getKeys() {
      return Set.of("index");
    }
  }

  private static final class Recording implements TextEmbedderFactory {
    private static final long serialVersionUID = 1L;
    private static final List<OptionalInt> OPENED = new ArrayList<>();

    @Override
    public TextEmbedder open(OptionalInt gpu) {
      OPENED.add(gpu);
      return new ManualTextEmbedder();
    }
  }

  private static final class Broken implements TextEmbedderFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public TextEmbedder open(OptionalInt gpu) {
      throw new InvalidModelException("no model in this test");
    }
  }
}
