package dev.streambed.jobs;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.Headings;
import dev.streambed.jobs.EmbedTopicJob.Checked;
import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.kafka.LossAwareSink;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.source.LossAwareSource;
import dev.streambed.jobs.kafka.written.EmbeddingsTopic;
import dev.streambed.jobs.kafka.written.WrittenDocuments;
import dev.streambed.jobs.kafka.written.WrittenKeys;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.jobs.options.policy.BootstrapPolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.operator.TextEmbedderFactory;
import dev.streambed.operator.change.KeyedEmbedding;
import dev.streambed.operator.change.KeyedEmbedding.Chunking;
import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.MissingText;
import dev.streambed.operator.stream.Rejected;
import dev.streambed.operator.stream.StreamEmbedder;
import dev.streambed.operator.stream.StreamEmbedderBuilder;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.SourceRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The steps of {@link EmbedTopicJob}, for programs that put steps of their own between them.
 *
 * <pre>{@code
 * read -> decode -> embed -> encode -> write (embeddings, and the dead letters of all steps)
 * }</pre>
 *
 * <p>Each step is added once: its uid is its name. So a job has one such set of steps. Without
 * {@link #write} nothing is written, though offsets are committed. Delivery is exactly once, and in
 * order per key, as long as the program's own steps repartition nothing, and change no record:
 * objects are reused. Used by the thread that builds the job.
 */
@PublicEvolving
public final class EmbedTopicSteps {
  private static final OutputTag<Rejected<InputRecord>> FAILURES =
      new OutputTag<>("failures", Rejected.type(TypeInformation.of(InputRecord.class)));

  private final StreamExecutionEnvironment environment;
  private final Checked job;
  private final TextEmbedderFactory embedders;
  private final List<DataStream<DeadLetter>> deadLetters = new ArrayList<>();
  private final Set<String> added = new HashSet<>();

  EmbedTopicSteps(
      StreamExecutionEnvironment environment, Checked job, TextEmbedderFactory embedders) {
    this.environment = environment;
    this.job = job;
    this.embedders = embedders;
  }

  /**
   * Checks options, model directory and Kafka, as the job does, and applies the file's options of
   * Flink to the environment.
   *
   * @param file as of {@link dev.streambed.jobs.options.PipelineFile#read}
   * @throws dev.streambed.jobs.options.InvalidPipelineException if an option or a setting of Kafka
   *     does not fit
   * @throws dev.streambed.embedder.InvalidModelException if the model directory does not fit
   */
  public static EmbedTopicSteps of(StreamExecutionEnvironment environment, Configuration file) {
    Checked job = EmbedTopicJob.checkAlone(environment, file);
    return new EmbedTopicSteps(environment, job.registered(), job.embedders());
  }

  /** The records of the source topics. Lost offsets end the job, unless the file says otherwise. */
  public DataStream<SourceRecord> read() {
    once("read");
    return environment
        .fromSource(
            new LossAwareSource(job.options().source(), job.options().sink()),
            WatermarkStrategy.noWatermarks(),
            "read texts")
        .uid("source");
  }

  /** The texts of records. Those that do not decode become dead letters. */
  public SingleOutputStreamOperator<InputRecord> decode(DataStream<SourceRecord> records) {
    once("decode");
    SourceOptions source = job.options().source();
    SinkOptions sink = job.options().sink();
    SingleOutputStreamOperator<InputRecord> decoded =
        records
            .process(
                new DecodeFunction(
                    source.format(),
                    source.requireKey(),
                    sink.onRejected(),
                    sink.profile().name().makesKeys()),
                TypeInformation.of(InputRecord.class))
            .uid("decode")
            .name("decode");
    giveUp(decoded.getSideOutput(DeadLetters.TAG));
    return decoded;
  }

  /** The vectors of texts; tombstones have none. Texts that are rejected become dead letters. */
  public SingleOutputStreamOperator<Embedded<InputRecord>> embed(DataStream<InputRecord> decoded) {
    once("embed");
    EmbedTopicOptions options = job.options();
    InputText text = new InputText(options.source().format());
    long vectors = EmbedTopicJob.bytesOfVectors(job.model());
    StreamEmbedderBuilder<InputRecord> embedder =
        StreamEmbedder.<InputRecord>builder()
            .setEmbedders(embedders)
            .setText(text::text)
            .setPrompt(text::promptName)
            .setRecordSize(record -> record.bytes() + vectors)
            .setBatching(options.batching())
            .setMissingText(MissingText.PASS) // a tombstone
            .setFailures(FAILURES);
    if (options.sink().onRejected() == RejectedPolicy.TOMBSTONE) {
      embedder.passFailures();
    }
    ChunkingOptions chunking = options.chunking();
    SingleOutputStreamOperator<Embedded<InputRecord>> embedded =
        options.changes().isOff() && chunking == null
            ? embedder.build().embed(decoded).uid("embed").name("embed")
            : KeyedEmbedding.embed(
                decoded,
                embedder.build(),
                new SourceDocuments(target(), options.embedder(), written(), unknownTopic()),
                options.changes(),
                chunking == null ? null : new Chunking(chunking, vectors));
    giveUp(
        embedded
            .getSideOutput(FAILURES)
            .map(DeadLetters::of, TypeInformation.of(DeadLetter.class))
            .uid("rejected")
            .name("make dead letters of rejected texts"));
    return embedded;
  }

  /** The documents that the topic has before the job looks for changes, if it is to know them. */
  private @Nullable WrittenTopic<InputRecord> written() {
    EmbedTopicOptions options = job.options();
    if (options.bootstrap() == BootstrapPolicy.OFF) {
      return null;
    }
    SinkOptions sink = options.sink();
    return EmbeddingsTopic.upToNow(
        sink,
        new WrittenDocuments<>(
            new WrittenKeys(sink.profile().name(), job.profile(), options.chunking() != null),
            job.model().digest(),
            job.model().spaces().stream().map(VectorSpace::toString).toList(),
            options.embedder().maxTokens(),
            hasHeadings(),
            document -> new InputRecord(document.record(), document.text())),
        options.startupTimeout());
  }

  /** The sink's topic, if it has records that the job does not read first. */
  private @Nullable String unknownTopic() {
    boolean isUnknown = job.sinkHasRecords() && job.options().bootstrap() == BootstrapPolicy.OFF;
    return isUnknown ? job.options().sink().topic() : null;
  }

  /** Records for the sink's topic. Those that it would refuse become dead letters. */
  public SingleOutputStreamOperator<OutputRecord> encode(
      DataStream<Embedded<InputRecord>> embedded) {
    once("encode");
    SingleOutputStreamOperator<OutputRecord> encoded =
        embedded
            .process(
                new EncodeFunction(target(), job.options().onModelChange()),
                TypeInformation.of(OutputRecord.class))
            .uid("encode")
            .name("encode");
    giveUp(encoded.getSideOutput(DeadLetters.TAG));
    return encoded;
  }

  private Encoding.Target target() {
    SinkOptions sink = job.options().sink();
    return new Encoding.Target(
        job.options().source().format(),
        job.model(),
        new Form(
            job.profile(), sink.includeText(), sink.onRejected(), sink.headers(), hasHeadings()),
        job.limits().embeddings());
  }

  private boolean hasHeadings() {
    ChunkingOptions chunking = job.options().chunking();
    return chunking != null && chunking.headings() != Headings.OFF;
  }

  private void once(String step) {
    if (!added.add(step)) {
      throw new IllegalStateException(
          "Cannot add the step '%s' twice: use the stream that it returned.".formatted(step));
    }
  }

  /** Writes these dead letters, too: those of a step of the program's own. */
  public void giveUp(DataStream<DeadLetter> letters) {
    deadLetters.add(letters);
  }

  /** Writes embeddings, and all dead letters; each exactly once. The last step. */
  public void write(DataStream<OutputRecord> encoded) {
    once("write");
    SinkOptions sink = job.options().sink();
    DataStream<OutputRecord> letters = encodedDeadLetters();
    encoded
        .sinkTo(new LossAwareSink(sink, sink.topic(), sink.embeddingsPrefix()))
        .uid("embeddings-sink")
        .name("write embeddings");
    letters
        .sinkTo(new LossAwareSink(sink, sink.deadLetterTopic(), sink.deadLettersPrefix()))
        .uid("dead-letters-sink")
        .name("write dead letters");
  }

  /** The dead letters of all steps so far, at least one, for their topic. */
  DataStream<OutputRecord> encodedDeadLetters() {
    DataStream<DeadLetter> all = deadLetters.get(0);
    for (DataStream<DeadLetter> more : deadLetters.subList(1, deadLetters.size())) {
      all = all.union(more);
    }
    return all.process(
            new DeadLetters(job.limits().deadLetters(), job.options().sink().headers()),
            TypeInformation.of(OutputRecord.class))
        .uid("encode-dead-letters")
        .name("encode dead letters");
  }
}
