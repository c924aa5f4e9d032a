package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.embedded;
import static dev.streambed.jobs.Samples.input;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.schemas.VectorEncoding;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try") // Flink's close() declares to throw anything
class SpaceMemoryTest {
  private static final String WEIGHTS = "0123456789ab";
  private static final String DIRECTORY = "ab".repeat(32);

  private static final ModelUse MODEL =
      new ModelUse(
          List.of(new VectorSpace("tiny", WEIGHTS, "mean", 384)),
          "1",
          DIRECTORY,
          "fp32",
          "passage");

  @Test
  void goesOnWithTheSameModel() throws Exception {
    OperatorSubtaskState state = stateOf(MODEL);

    assertThat(restore(MODEL, ModelChangePolicy.FAIL, state)).isEqualTo(1);
  }

  @Test
  void refusesAnotherNumberOfDimensionsAndSaysHowToGoOn() throws Exception {
    OperatorSubtaskState state = stateOf(MODEL);
    ModelUse other = with(new VectorSpace("tiny", WEIGHTS, "mean", 256));

    assertThatThrownBy(() -> restore(other, ModelChangePolicy.FAIL, state))
        .isInstanceOf(ChangedModelException.class)
        .hasMessage(
            "The job's checkpoint goes with vectors of"
                + " streambed://text-embedding@1/tiny@0123456789ab?dimensions=384; its model now"
                + " gives those of streambed://text-embedding@1/tiny@0123456789ab?dimensions=256."
                + " They do not compare, so they do not belong into one topic."
                + " Nothing more was written. Either put the old model back; or give the new one a"
                + " pipeline file, a sink topic and a streambed.source.group-id of its own, which"
                + " embeds all again; or set streambed.model.on-change: re-embed, which goes on"
                + " from here with the new model and leaves the vectors that are there as they"
                + " are.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "weights", "pooling"})
  void refusesWhateverDoesNotCompare(String changed) throws Exception {
    OperatorSubtaskState state = stateOf(MODEL);
    ModelUse other =
        with(
            new VectorSpace(
                changed.equals("name") ? "other" : "tiny",
                changed.equals("weights") ? "9".repeat(12) : WEIGHTS,
                changed.equals("pooling") ? "cls" : "mean",
                384));

    assertThatThrownBy(() -> restore(other, ModelChangePolicy.FAIL, state))
        .isInstanceOf(ChangedModelException.class)
        .hasMessageContaining(MODEL.space().toString())
        .hasMessageContaining(other.space().toString());
  }

  @Test
  void goesOnKnowinglyIfToldToAndRemembersTheNewModel() throws Exception {
    ModelUse other = with(new VectorSpace("other", "9".repeat(12), "mean", 512));
    OperatorSubtaskState state;
    try (var harness = harness(other, ModelChangePolicy.RE_EMBED, 1, 0)) {
      harness.initializeState(stateOf(MODEL));
      harness.open();
      state = harness.snapshot(2, 2);
    }

    assertThat(restore(other, ModelChangePolicy.FAIL, state)).isEqualTo(1);
    assertThatThrownBy(() -> restore(MODEL, ModelChangePolicy.FAIL, state))
        .isInstanceOf(ChangedModelException.class);
  }

  @Test
  void goesOnWithAnotherPromptOrAnotherPrecisionOfTheSameWeights() throws Exception {
    OperatorSubtaskState state = stateOf(MODEL);
    var other = new ModelUse(MODEL.spaces(), "2", "cd".repeat(32), "int8", "query");

    assertThat(restore(other, ModelChangePolicy.FAIL, state)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "weights", "pooling", "dimensions"})
  void goesOnFromStateOfBeforeThereWereAddresses(String changed) throws Exception {
    OperatorSubtaskState before;
    try (var harness = new OneInputStreamOperatorTestHarness<>(withParts())) {
      harness.open();
      before = harness.snapshot(1, 1);
    }
    ModelUse same = with(new VectorSpace("tiny", WEIGHTS, "max", 384));
    ModelUse other =
        with(
            new VectorSpace(
                changed.equals("name") ? "other" : "tiny",
                changed.equals("weights") ? "9".repeat(12) : WEIGHTS,
                changed.equals("pooling") ? "mean" : "max",
                changed.equals("dimensions") ? 256 : 384));

    assertThat(restore(same, ModelChangePolicy.FAIL, before)).isEqualTo(1);
    assertThatThrownBy(() -> restore(other, ModelChangePolicy.FAIL, before))
        .isInstanceOf(ChangedModelException.class)
        .hasMessageContaining(same.space().toString());
  }

  @Test
  void goesOnWithOtherVectorsBesideTheFirst() throws Exception {
    VectorSpace first = MODEL.space();
    OperatorSubtaskState one = stateOf(MODEL);
    OperatorSubtaskState two = stateOf(with(first, first.withDimensions(256)));

    assertThat(restore(with(first, first.withDimensions(128)), ModelChangePolicy.FAIL, one))
        .isEqualTo(1);
    assertThat(restore(MODEL, ModelChangePolicy.FAIL, two)).isEqualTo(1);
    assertThatThrownBy(
            () -> restore(with(first.withDimensions(256), first), ModelChangePolicy.FAIL, two))
        .isInstanceOf(ChangedModelException.class);
  }

  @Test
  void adoptsTheModelWhereNothingIsRemembered() throws Exception {
    OperatorSubtaskState before;
    try (var harness = new OneInputStreamOperatorTestHarness<>(withoutMemory())) {
      harness.open();
      before = harness.snapshot(1, 1);
    }
    OperatorSubtaskState state;
    try (var harness = harness(MODEL, ModelChangePolicy.FAIL, 1, 0)) {
      harness.initializeState(before);
      harness.open();
      state = harness.snapshot(2, 2);
    }
    ModelUse other = with(new VectorSpace("other", WEIGHTS, "mean", 384));

    assertThatThrownBy(() -> restore(other, ModelChangePolicy.FAIL, state))
        .isInstanceOf(ChangedModelException.class);
  }

  @Test
  void remindsEachSubtaskAfterAChangeOfParallelism() throws Exception {
    ModelUse other = with(new VectorSpace("other", WEIGHTS, "mean", 384));
    OperatorSubtaskState both =
        AbstractStreamOperatorTestHarness.repackageState(
            stateOf(MODEL, 2, 0), stateOf(MODEL, 2, 1));

    for (int subtask = 0; subtask < 3; subtask++) {
      OperatorSubtaskState state =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(both, 3, 2, 3, subtask);
      try (var harness = harness(other, ModelChangePolicy.FAIL, 3, subtask)) {
        assertThatThrownBy(() -> harness.initializeState(state))
            .as("subtask %d", subtask)
            .isInstanceOf(ChangedModelException.class);
      }
    }
  }

  @Test
  void letsFlinkMakeCheckpointsWhenSomeSubtasksHaveEnded() throws Exception {
    // Flink refuses to for a union list: DefaultCheckpointPlan.
    assertThat(stateOf(MODEL).getManagedOperatorState())
        .flatMap(handle -> List.copyOf(handle.getStateNameToPartitionOffsets().values()))
        .extracting(OperatorStateHandle.StateMetaInfo::getDistributionMode)
        .containsExactly(OperatorStateHandle.Mode.BROADCAST);
  }

  private static ModelUse with(VectorSpace... spaces) {
    return new ModelUse(List.of(spaces), "1", DIRECTORY, "fp32", "passage");
  }

  private static OperatorSubtaskState stateOf(ModelUse model) throws Exception {
    return stateOf(model, 1, 0);
  }

  private static OperatorSubtaskState stateOf(ModelUse model, int parallelism, int subtask)
      throws Exception {
    try (var harness = harness(model, ModelChangePolicy.FAIL, parallelism, subtask)) {
      harness.open();
      return harness.snapshot(1, 1);
    }
  }

  /** Restores an operator, and returns how many records it writes of one. */
  private static int restore(ModelUse model, ModelChangePolicy policy, OperatorSubtaskState state)
      throws Exception {
    try (var harness = harness(model, policy, 1, 0)) {
      harness.initializeState(state);
      harness.open();
      harness.processElement(embedded(input("four score", null), 0.6f, 0.8f), 0);
      return harness.extractOutputValues().size();
    }
  }

  private static OneInputStreamOperatorTestHarness<Embedded<InputRecord>, OutputRecord> harness(
      ModelUse model, ModelChangePolicy policy, int parallelism, int subtask) throws Exception {
    var limits = new TopicLimits(1 << 20, TopicLimits.UNLIMITED, TopicLimits.UNLIMITED, false);
    var function =
        new EncodeFunction(
            new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
            model,
            new Form(
                EmbeddingFormat.JSON.with(VectorEncoding.FLOAT32),
                true,
                RejectedPolicy.KEEP,
                OutputHeaders.DEFAULT),
            () -> limits,
            policy);
    return new OneInputStreamOperatorTestHarness<>(
        new ProcessOperator<>(function), /* maxParallelism= */ 3, parallelism, subtask);
  }

  /** The operator as it was when it remembered the parts of a space. */
  private static ProcessOperator<Embedded<InputRecord>, OutputRecord> withParts() {
    return new ProcessOperator<>(new WithParts());
  }

  private static final class WithParts extends ProcessFunction<Embedded<InputRecord>, OutputRecord>
      implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      context
          .getOperatorStateStore()
          .getBroadcastState(new MapStateDescriptor<>("vector-space", Types.STRING, Types.STRING))
          .putAll(
              Map.of(
                  "model", "tiny",
                  "source-digest", WEIGHTS + "cdef".repeat(13),
                  "pooling", "max",
                  "dimensions", "384",
                  "directory-digest", DIRECTORY,
                  "prompt", "passage"));
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {}

    @Override
    public void processElement(
        Embedded<InputRecord> record, Context context, Collector<OutputRecord> out) {}
  }

  /** The operator as it was before it remembered anything. */
  private static ProcessOperator<Embedded<InputRecord>, OutputRecord> withoutMemory() {
    return new ProcessOperator<>(
        new ProcessFunction<>() {
          @Override
          public void processElement(
              Embedded<InputRecord> record, Context context, Collector<OutputRecord> out) {}
        });
  }
}
