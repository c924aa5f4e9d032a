package dev.streambed.operator.change;

import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.change.KeyedEmbedding.Chunking;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.EmbeddingHarness;
import dev.streambed.operator.stream.MissingText;
import dev.streambed.operator.stream.StreamEmbedder;
import dev.streambed.operator.stream.StreamEmbedderBuilder;
import dev.streambed.operator.stream.TextChunk;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;

/** A subtask of the operator that {@link KeyedEmbedding} adds to a job, in Flink's harness. */
@SuppressWarnings("try") // the harness declares that close() throws Exception
final class ChangeHarness implements AutoCloseable {
  /** The operator's settings; tests change those that they need. */
  record Setup(
      ChangeOptions options,
      String settings,
      boolean passesFailures,
      int parallelism,
      int subtask,
      @Nullable ChunkingOptions chunking,
      @Nullable WrittenTopic<Note> written) {
    static Setup of(ChangeMode mode) {
      return new Setup(new ChangeOptions(mode, null), "", false, 1, 0, null, null);
    }

    Setup with(ChangeOptions newOptions) {
      return new Setup(
          newOptions, settings, passesFailures, parallelism, subtask, chunking, written);
    }

    Setup with(String newSettings) {
      return new Setup(
          options, newSettings, passesFailures, parallelism, subtask, chunking, written);
    }

    Setup passingFailures() {
      return new Setup(options, settings, true, parallelism, subtask, chunking, written);
    }

    Setup splitting(ChunkingOptions newChunking) {
      return new Setup(
          options, settings, passesFailures, parallelism, subtask, newChunking, written);
    }

    Setup subtask(int newSubtask, int of) {
      return new Setup(options, settings, passesFailures, of, newSubtask, chunking, written);
    }

    Setup beginningWith(@Nullable WrittenTopic<Note> topic) {
      return new Setup(options, settings, passesFailures, parallelism, subtask, chunking, topic);
    }
  }

  private static final BatchingOptions BATCHING =
      new BatchingOptions(
          new BatchPolicy(/* maxRecords= */ 4, /* maxTokens= */ 100),
          new BatcherOptions(/* workers= */ 3, /* maxQueued= */ 1000, /* cacheBytes= */ 0),
          CalibrationOptions.OFF,
          1 << 20);

  private final ManualTextEmbedder embedder = new ManualTextEmbedder();
  private final KeyedOneInputStreamOperatorTestHarness<String, Note, Embedded<Note>> flink;

  ChangeHarness(Setup setup) throws Exception {
    var serializers = new ExecutionConfig().getSerializerConfig();
    this.flink =
        new KeyedOneInputStreamOperatorTestHarness<>(
            factory(setup),
            Note.Notes::keyOf,
            Types.STRING,
            EmbeddingHarness.MAX_PARALLELISM,
            setup.parallelism(),
            setup.subtask());
    flink.getStreamConfig().setupNetworkInputs(Note.TYPE.createSerializer(serializers));
    flink.getStreamConfig().serializeAllConfigs();
    flink.setup(Embedded.type(Note.TYPE).createSerializer(serializers));
  }

  /** As {@link KeyedEmbedding} makes it, without an environment, which takes milliseconds. */
  private OneInputStreamOperatorFactory<Note, Embedded<Note>> factory(Setup setup) {
    StreamEmbedderBuilder<Note> builder =
        StreamEmbedder.<Note>builder()
            .setEmbedders(new EmbeddingHarness.Registered(embedder))
            .setBatching(BATCHING)
            .setText(Note::text)
            .setMissingText(MissingText.PASS)
            .setFailures(Note.FAILED);
    if (setup.passesFailures()) {
      builder.passFailures();
    }
    return new ChangeOperatorFactory<>(
        new ChangeSettings<>(
            builder.build().settings(),
            new Note.Notes(setup.settings(), setup.written()),
            setup.options(),
            setup.chunking() == null ? null : new Chunking(setup.chunking(), 8)));
  }

  static ChangeHarness open(Setup setup) throws Exception {
    return new ChangeHarness(setup).opened();
  }

  static ChangeHarness restore(Setup setup, OperatorSubtaskState state) throws Exception {
    var harness = new ChangeHarness(setup);
    harness.flink.initializeState(state);
    return harness.opened();
  }

  /** As a task does it, which closes an operator that does not open. */
  private ChangeHarness opened() throws Exception {
    try {
      flink.open();
      return this;
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  KeyedOneInputStreamOperatorTestHarness<String, Note, Embedded<Note>> flink() {
    return flink;
  }

  ManualTextEmbedder embedder() {
    return embedder;
  }

  /** Sends a note at the time of its number. */
  void send(Note note) throws Exception {
    flink.processElement(note, note.number());
  }

  /** Emits what can be emitted without the model. */
  void runMails() throws Exception {
    for (Optional<Mail> mail = flink.getTaskMailbox().tryTake(0);
        mail.isPresent();
        mail = flink.getTaskMailbox().tryTake(0)) {
      mail.get().run();
    }
  }

  /** Lets the model do all that waits for it. */
  void finishAll() throws Exception {
    Thread finisher = EmbeddingHarness.finishAll(embedder);
    try {
      flink.endInput();
    } finally {
      finisher.interrupt();
      finisher.join();
    }
  }

  /** The numbers of the results so far with their vectors, and watermarks. */
  List<String> results() {
    return flink.getOutput().stream().map(ChangeHarness::describe).toList();
  }

  /** The numbers of the rejected notes. */
  List<Integer> rejected() {
    var rejected = flink.getSideOutput(Note.FAILED);
    return rejected == null
        ? List.of()
        : rejected.stream().map(record -> record.getValue().input().number()).toList();
  }

  private static String describe(Object output) {
    if (output instanceof Watermark watermark) {
      return "watermark " + watermark.getTimestamp();
    }
    var element = (StreamRecord<?>) output;
    var result = (Embedded<?>) element.getValue();
    int number = ((Note) result.input()).number();
    if (element.getTimestamp() != number) {
      throw new AssertionError("Note %d has another's timestamp.".formatted(number));
    }
    TextChunk chunk = result.chunk();
    return number
        + (chunk == null ? "" : " #" + chunk.index())
        + " "
        + (result.isEmbedded() ? Arrays.toString(result.vector()) : "none");
  }

  @Override
  public void close() throws Exception {
    flink.close();
  }
}
