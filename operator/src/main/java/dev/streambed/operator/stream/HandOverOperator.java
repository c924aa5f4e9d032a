package dev.streambed.operator.stream;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for the embedding operator of a job that did not look for changes, under its uid: it
 * passes on what that had in flight at the savepoint, then what comes. So these records reach the
 * task that has their key, before any that come later (docs/decisions/0119). Confined to the task
 * thread.
 *
 * @param <T> type of the records
 */
@Internal
public final class HandOverOperator<T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<T, T>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** Where Flink's AsyncWaitOperator keeps its records in flight. */
  public static final String STATE = "_async_wait_operator_state_";

  private final transient Queue<StreamElement> former = new ArrayDeque<>();
  private final transient MailboxExecutor mailbox;
  private transient @Nullable ListState<StreamElement> state;

  private HandOverOperator(StreamOperatorParameters<T> parameters) {
    super(parameters);
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    ListState<StreamElement> restored =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>(
                    STATE,
                    new StreamElementSerializer<>(
                        getOperatorConfig().<T>getTypeSerializerIn(0, getUserCodeClassloader()))));
    for (StreamElement element : restored.get()) {
      former.add(element);
    }
    state = restored;
  }

  @Override
  public void open() throws Exception {
    super.open();
    if (!former.isEmpty()) {
      // The task runs this before it reads anything; otherwise they would wait for the next record.
      mailbox.execute(this::passFormerOn, "pass on the records of the savepoint");
    }
  }

  private void passFormerOn() {
    for (StreamElement element = former.poll(); element != null; element = former.poll()) {
      if (element.isRecord()) {
        output.collect(element.asRecord());
      } else if (element.isWatermark()) {
        output.emitWatermark(element.asWatermark());
      }
    }
  }

  @Override
  public void processElement(StreamRecord<T> record) {
    passFormerOn();
    output.collect(record);
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    passFormerOn();
    super.processWatermark(mark);
  }

  @Override
  public void endInput() {
    passFormerOn();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    if (state != null) {
      state.update(List.copyOf(former));
    }
  }

  /**
   * Makes the operator of a task slot; travels with the job graph.
   *
   * @param <T> type of the records
   */
  public static final class Factory<T> extends AbstractStreamOperatorFactory<T>
      implements OneInputStreamOperatorFactory<T, T> {
    private static final long serialVersionUID = 1L;

    public Factory() {
      this.chainingStrategy = ChainingStrategy.ALWAYS;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Flink declares it
    public <O extends StreamOperator<T>> O createStreamOperator(
        StreamOperatorParameters<T> parameters) {
      return (O) new HandOverOperator<>(parameters);
    }

    @Override
    @SuppressWarnings("rawtypes") // as Flink declares it
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
      return HandOverOperator.class;
    }
  }
}
