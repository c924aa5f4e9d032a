package dev.streambed.operator.change;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.operator.EmbeddingRuntime;
import dev.streambed.operator.EmbeddingTask;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.InFlightBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Embeds a stream that is keyed by document; what did not change since it was last written costs
 * nothing. Records leave in the order in which they came. Its fate is decided when a record leaves,
 * from those that have left before it; asking the model when it comes only saves time
 * (docs/decisions/0119). Both the records in flight and what was written are keyed state.
 *
 * <p>Confined to the task thread; the batcher's workers only put mails into its mailbox. Owns the
 * {@link EmbeddingRuntime} of its task.
 *
 * @param <T> type of the records
 */
final class ChangeOperator<T> extends AbstractStreamOperator<Embedded<T>>
    implements OneInputStreamOperator<T, Embedded<T>>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private static final int[] NO_TEXTS = {};

  private final transient ChangeSettings<T> settings;
  private final transient Documents<T> documents;
  private final transient MailboxExecutor mailbox;
  private final transient int maxRecords;
  private final transient InFlightBytes bytes;
  private final transient InFlightQueue<T> queue = new InFlightQueue<>();
  private transient @Nullable ChangeState<T> state;
  private transient @Nullable ListState<Integer> bootstrapped;
  private transient boolean isRestored;
  private transient @Nullable EmbeddingRuntime runtime;
  private transient @Nullable Arrivals<T> arrivals;
  private transient @Nullable DocumentWriter<T> writer;
  private transient @Nullable ChangeMetrics counts;

  ChangeOperator(
      StreamOperatorParameters<Embedded<T>> parameters,
      ChangeSettings<T> settings,
      int maxRecords,
      InFlightBytes bytes) {
    super(parameters);
    this.settings = settings;
    this.documents = settings.documents();
    this.mailbox = parameters.getMailboxExecutor();
    this.maxRecords = maxRecords;
    this.bytes = bytes;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state =
        new ChangeState<>(
            context.getKeyedStateStore(),
            getKeyedStateBackend(),
            getOperatorConfig().<T>getTypeSerializerIn(0, getUserCodeClassloader()),
            settings.options().ttl(),
            settings.chunking());
    bootstrapped = Bootstrap.mark(context.getOperatorStateStore());
    isRestored = context.isRestored();
  }

  @Override
  public void open() throws Exception {
    super.open();
    getMetricGroup()
        .addGroup(EmbeddingRuntime.METRIC_GROUP)
        .gauge("inFlightBytes", (Gauge<Long>) bytes::taken);
    counts = new ChangeMetrics(getMetricGroup());
    documents.open();
    runtime =
        EmbeddingRuntime.open(
            EmbeddingTask.of(getRuntimeContext()),
            settings.embedding().embedders(),
            settings.embedding().batching());
    arrivals = new Arrivals<>(settings, opened());
    writer = new DocumentWriter<>(settings, state(), output, opened(), requireNonNull(counts));
    WrittenTopic<T> topic = documents.written();
    if (topic != null) {
      new Bootstrap<>(
              settings,
              state(),
              requireNonNull(arrivals),
              requireNonNull(counts),
              getRuntimeContext().getTaskInfo())
          .runOnce(topic, requireNonNull(bootstrapped), getProcessingTimeService());
    } else if (!isRestored && getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0) {
      documents.beginEmpty();
    }
    for (String key : state().keysInFlight()) {
      for (StreamRecord<T> record : state().inFlight(key)) {
        add(key, record);
      }
    }
  }

  @Override
  public void processElement(StreamRecord<T> record) throws Exception {
    add((String) getCurrentKey(), record);
  }

  private void add(String key, StreamRecord<T> record) throws Exception {
    Waiting<T> arrival = requireNonNull(arrivals).of(key, record);
    while (queue.records() >= maxRecords || !bytes.tryTake(arrival.content().bytes())) {
      mailbox.yield();
    }
    int[] texts = textsForModel(arrival);
    if (texts.length > 0) {
      submit(arrival, texts);
    }
    queue.add(arrival);
    emitReady();
  }

  /** The texts that the model will be needed for, as far as can be told now. */
  private int[] textsForModel(Waiting<T> arrival) throws Exception {
    if (arrival.hasNoText() || arrival.rejection() != null) {
      return NO_TEXTS;
    }
    if (!arrival.isDocument() || settings.options().isOff()) {
      return arrival.allTexts();
    }
    Waiting<T> previous = queue.lastOf(arrival.key());
    if (previous != null) {
      return arrival.follows(previous) ? NO_TEXTS : arrival.textsOtherThanOf(previous);
    }
    LastWritten written = state().written(arrival.key());
    arrival.becomeFirstOfItsKey(written);
    if (arrival.isKnownAs(written)) {
      return NO_TEXTS;
    }
    return arrival.parts().isEmpty()
        ? arrival.allTexts()
        : arrival.textsOtherThan(state().chunks(arrival.key()));
  }

  private void submit(Waiting<T> record, int[] texts) throws InterruptedException {
    record.enterModel();
    List<String> all = record.content().texts();
    List<String> some = new ArrayList<>(texts.length);
    for (int text : texts) {
      some.add(all.get(text));
    }
    var unused =
        opened()
            .submit(some, record.content().prompt())
            .whenComplete((embeddings, failure) -> answer(record, texts, embeddings, failure));
  }

  /** Runs on a worker's thread. */
  private void answer(
      Waiting<T> record,
      int[] texts,
      @Nullable List<Embedding> embeddings,
      @Nullable Throwable failure) {
    if (failure instanceof CancellationException) {
      return; // closed: nobody waits
    }
    try {
      mailbox.execute(() -> settle(record, texts, embeddings, failure), "result of the embedder");
    } catch (RejectedExecutionException e) {
      // The task was closed meanwhile, its mailbox takes no more; the record is in the checkpoint.
    }
  }

  private void settle(
      Waiting<T> record,
      int[] texts,
      @Nullable List<Embedding> embeddings,
      @Nullable Throwable failure)
      throws Exception {
    if (embeddings != null) {
      if (record.succeed(texts, embeddings)) {
        requireNonNull(counts).inferred();
      }
    } else if (failure instanceof TextRejectedException rejection) {
      for (Waiting<T> follower : record.fail(rejection)) {
        submit(follower, follower.allTexts());
      }
    } else {
      throw failure instanceof Exception exception ? exception : new IllegalStateException(failure);
    }
    emitReady();
  }

  /** Emits from the head of the queue what needs to wait for nothing any more. */
  private void emitReady() throws Exception {
    for (var first = queue.first(); first != null; first = queue.first()) {
      Waiting<T> record = first.record();
      if (record == null) {
        queue.removeFirst();
        output.emitWatermark(requireNonNull(first.watermark()));
      } else if (emit(record)) {
        queue.removeFirst();
        bytes.giveBack(record.content().bytes());
      } else {
        return;
      }
    }
  }

  /** Emits what becomes of a record, which may be nothing; false if that takes the model. */
  private boolean emit(Waiting<T> record) throws Exception {
    if (record.isInModel()) {
      return false;
    }
    long now = getProcessingTimeService().getCurrentProcessingTime();
    int[] missing = requireNonNull(writer, "The operator is not open.").emit(record, now);
    if (missing.length > 0) {
      submit(record, missing);
    }
    return missing.length == 0;
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    queue.add(mark);
    emitReady();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state().keepInFlight(queue.byKey());
  }

  @Override
  public void endInput() throws Exception {
    while (!queue.isEmpty()) {
      mailbox.yield();
    }
  }

  private ChangeState<T> state() {
    return requireNonNull(state, "The state is not initialised.");
  }

  private EmbeddingRuntime opened() {
    return requireNonNull(runtime, "The operator is not open.");
  }

  @Override
  public void close() throws Exception {
    EmbeddingRuntime open = runtime;
    try (documents;
        open) {
      // the runtime is closed first
    } finally {
      super.close();
    }
  }
}
