package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.operator.stream.HandOverOperator;
import java.util.List;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // the harness declares that close() throws Exception
class HandOverOperatorTest {
  private static final StreamRecord<Note> FIRST = new StreamRecord<>(new Note(1, "a", "x"), 1);
  private static final StreamRecord<Note> SECOND = new StreamRecord<>(new Note(2, "b", "y"), 2);
  private static final StreamRecord<Note> NEXT = new StreamRecord<>(new Note(3, "a", "z"), 3);

  @Test
  void passesOnWhatWasInFlightThenWhatComes() throws Exception {
    try (var harness = harness(new HandOverOperator.Factory<>())) {
      harness.initializeState(inFlight(FIRST, new Watermark(1), SECOND));
      harness.open();
      harness.processElement(NEXT);

      assertThat(harness.getOutput()).containsExactly(FIRST, new Watermark(1), SECOND, NEXT);
    }
  }

  @Test
  void passesOnWhatWasInFlightIfNothingComes() throws Exception {
    try (var harness = harness(new HandOverOperator.Factory<>())) {
      harness.initializeState(inFlight(FIRST));
      harness.open();
      harness.getTaskMailbox().take(0).run();

      assertThat(harness.getOutput()).containsExactly(FIRST);
    }
  }

  @Test
  void holdsWhatItDidNotPassOnYet() throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = harness(new HandOverOperator.Factory<>())) {
      harness.initializeState(inFlight(FIRST, SECOND));
      harness.open();
      snapshot = harness.snapshot(2, 2);
    }

    try (var harness = harness(new HandOverOperator.Factory<>())) {
      harness.initializeState(snapshot);
      harness.open();
      harness.endInput();

      assertThat(harness.getOutput()).containsExactly(FIRST, SECOND);
      snapshot = harness.snapshot(3, 3);
    }
    try (var harness = harness(new HandOverOperator.Factory<>())) {
      harness.initializeState(snapshot);
      harness.open();
      harness.endInput();

      assertThat(harness.getOutput()).isEmpty();
    }
  }

  /** As AsyncWaitOperator leaves them; SavepointUpgradeIT has those of a real one. */
  private static OperatorSubtaskState inFlight(StreamElement... elements) throws Exception {
    try (var harness = harness(SimpleOperatorFactory.of(new Former(List.of(elements))))) {
      harness.open();
      return harness.snapshot(1, 1);
    }
  }

  private static OneInputStreamOperatorTestHarness<Note, Note> harness(
      StreamOperatorFactory<Note> factory) throws Exception {
    var harness = new OneInputStreamOperatorTestHarness<Note, Note>(factory, 128, 1, 0);
    harness
        .getStreamConfig()
        .setupNetworkInputs(
            Note.TYPE.createSerializer(new ExecutionConfig().getSerializerConfig()));
    harness.getStreamConfig().serializeAllConfigs();
    harness.setup(Note.TYPE.createSerializer(new ExecutionConfig().getSerializerConfig()));
    return harness;
  }

  private static final class Former extends AbstractStreamOperator<Note>
      implements OneInputStreamOperator<Note, Note> {
    private static final long serialVersionUID = 1L;

    private final transient List<StreamElement> elements;

    Former(List<StreamElement> elements) {
      this.elements = elements;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
      context
          .getOperatorStateStore()
          .getListState(
              new ListStateDescriptor<>(
                  HandOverOperator.STATE,
                  new StreamElementSerializer<>(
                      Note.TYPE.createSerializer(new ExecutionConfig().getSerializerConfig()))))
          .update(elements);
    }

    @Override
    public void processElement(StreamRecord<Note> record) {
      throw new AssertionError("It only leaves state.");
    }
  }
}
