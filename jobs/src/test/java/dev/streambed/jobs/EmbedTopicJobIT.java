package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.jobs.EmbedTopicJob.Checked;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.flink.FlinkSettings;
import dev.streambed.jobs.kafka.LossAwareSink;
import dev.streambed.jobs.kafka.OutputLimits;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.operator.OnnxTextEmbedderFactory;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The job between source and sinks, on a mini-cluster with a real session. */
class EmbedTopicJobIT {
  private static final int RANDOM_RECORDS = 2000;

  // Static, because the sinks run on copies.
  private static final Queue<OutputRecord> EMBEDDINGS = new ConcurrentLinkedQueue<>();
  private static final Queue<OutputRecord> DEAD_LETTERS = new ConcurrentLinkedQueue<>();

  @Test
  void leadsEachRecordToOneOutput() throws Exception {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      byte[] value =
          switch (i % 10) {
            case 3 -> utf8("{\"text\":");
            case 5 -> null;
            case 7 -> utf8("{\"text\":\"  \\u0000 \"}");
            case 9 -> utf8("{\"text\":\"a\",\"prompt\":\"unknown\"}");
            default -> utf8("{\"text\":\"the quick brown fox " + "jumps ".repeat(i % 23) + "\"}");
          };
      records.add(source(i, "key-" + i % 4, value));
    }

    Written written = run(records);

    List<Long> expected = new ArrayList<>();
    Set<Long> expectedDead = new HashSet<>();
    for (long i = 0; i < 500; i++) {
      boolean isDead = i % 10 == 3 || i % 10 == 7 || i % 10 == 9;
      if (isDead) {
        expectedDead.add(i);
      } else {
        expected.add(i);
      }
    }
    // Each record's timestamp is its offset; the order is that of the input.
    assertThat(written.embeddings).extracting(OutputRecord::timestampMillis).isEqualTo(expected);
    assertThat(written.deadLetters)
        .hasSize(expectedDead.size())
        .extracting(OutputRecord::timestampMillis)
        .containsExactlyInAnyOrderElementsOf(expectedDead);
    for (OutputRecord record : written.embeddings) {
      byte[] value = record.value();
      assertThat(value == null).isEqualTo(record.timestampMillis() % 10 == 5);
      if (value != null) {
        var embedding = EmbeddingRecordCodec.decodeJson(value);
        assertThat(embedding.dimensions()).isEqualTo(8);
        assertThat(embedding.provenance().prompt()).isEqualTo("passage");
        assertThat(embedding.provenance().source().offset()).isEqualTo(record.timestampMillis());
      }
    }
    for (OutputRecord record : written.deadLetters) {
      DeadLetter letter = DeadLetterCodec.decodeJson(Objects.requireNonNull(record.value()));
      String reason =
          switch ((int) (record.timestampMillis() % 10)) {
            case 3 -> "INVALID_JSON";
            case 7 -> "BLANK";
            default -> "UNKNOWN_PROMPT";
          };
      assertThat(letter.reason()).isEqualTo(reason);
      assertThat(letter.record()).isEqualTo(records.get((int) record.timestampMillis()));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void leadsEachRecordOfARandomMixToOneOutput(long seed) throws Exception {
    RandomRecords mix = RandomRecords.of(seed, RANDOM_RECORDS);

    Written written = run(mix.records());

    List<Long> expected = new ArrayList<>();
    List<Long> expectedDead = new ArrayList<>();
    for (long offset = 0; offset < RANDOM_RECORDS; offset++) {
      (mix.isDead(offset) ? expectedDead : expected).add(offset);
    }
    assertThat(written.embeddings)
        .as("outputs with seed %d", seed)
        .extracting(OutputRecord::timestampMillis)
        .isEqualTo(expected);
    assertThat(written.deadLetters)
        .as("dead letters with seed %d", seed)
        .extracting(OutputRecord::timestampMillis)
        .containsExactlyInAnyOrderElementsOf(expectedDead);
    for (OutputRecord record : written.embeddings) {
      SourceRecord source = mix.records().get((int) record.timestampMillis());
      assertThat(record.key()).isEqualTo(source.key());
      assertThat(record.value() == null).isEqualTo(source.value() == null);
    }
    for (OutputRecord record : written.deadLetters) {
      SourceRecord source = mix.records().get((int) record.timestampMillis());
      DeadLetter letter = DeadLetterCodec.decodeJson(Objects.requireNonNull(record.value()));
      boolean isShortened = !letter.omissions().isEmpty();
      assertThat(isShortened).isEqualTo(letter.reason().equals("TOO_LARGE"));
      assertThat(letter.record())
          .as("record %d with seed %d", record.timestampMillis(), seed)
          .isEqualTo(isShortened ? withoutValue(source) : source);
    }
  }

  @Test
  void writesEachLengthBitForBitAsAJobOfThatLengthAlone() throws Exception {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      records.add(
          source(i, "key", utf8("{\"text\":\"the dog bites the man, time %d\"}".formatted(i))));
    }

    List<EmbeddingRecord> several =
        embeddings(run(records, "streambed.model.dimensions", "6, 8, 4"));

    assertThat(several).hasSize(20);
    for (int length : new int[] {4, 6, 8}) {
      List<EmbeddingRecord> alone =
          embeddings(run(records, "streambed.model.dimensions", Integer.toString(length)));
      for (int i = 0; i < 20; i++) {
        Map<String, float[]> vectors = new HashMap<>();
        EmbeddingRecord record = several.get(i);
        vectors.put(record.requiredSpace(), record.embedding());
        record.others().forEach(other -> vectors.put(other.space(), other.components()));
        assertThat(vectors).hasSize(3);
        assertThat(vectors.get(alone.get(i).requiredSpace()))
            .hasSize(length)
            .isEqualTo(alone.get(i).embedding());
      }
    }
  }

  private static List<EmbeddingRecord> embeddings(Written written) {
    return written.embeddings.stream()
        .map(record -> EmbeddingRecordCodec.decodeJson(Objects.requireNonNull(record.value())))
        .toList();
  }

  @Test
  void keepsTheUidsThatSavepointsKnow() {
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1);
    connect(environment, List.of(source(0, "a", null)));

    List<String> uids = new ArrayList<>();
    for (StreamNode node : environment.getStreamGraph().getStreamNodes()) {
      if (!node.getOperatorName().startsWith("Source")) {
        uids.add(node.getTransformationUID());
      }
    }

    // Those of source and sinks: SavepointUpgradeIT in e2e-tests.
    assertThat(uids)
        .containsExactlyInAnyOrder("decode", "embed", "encode", "rejected", "encode-dead-letters");
  }

  @Test
  void addsEachStepOnce() {
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1);
    Checked job = check(environment);
    var steps = new EmbedTopicSteps(environment, job, embedders(job));
    DataStream<SourceRecord> texts = texts(environment, List.of(source(0, "a", null)));
    steps.decode(texts);

    assertThatThrownBy(() -> steps.decode(texts))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot add the step 'decode' twice: use the stream that it returned.");
  }

  /** So unaligned checkpoints are what aligned ones are (docs/decisions/0088). */
  @Test
  void hasNoChannelWhoseRecordsAnUnalignedCheckpointKeeps() {
    var environment = StreamExecutionEnvironment.createLocalEnvironment(2);
    EmbedTopicJob.Outputs outputs = connect(environment, List.of(source(0, "a", null)));
    SinkOptions sink = EmbedTopicOptions.from(Options.with()).sink();
    outputs.embeddings().sinkTo(new LossAwareSink(sink, "a", "a/"));
    outputs.deadLetters().sinkTo(new LossAwareSink(sink, "b", "b/"));

    List<String> kept = new ArrayList<>();
    for (StreamNode node : environment.getStreamGraph().getStreamNodes()) {
      for (StreamEdge edge : node.getOutEdges()) {
        boolean isOfTestsSource = node.getOperatorName().startsWith("Source");
        if (edge.getPartitioner().isSupportsUnalignedCheckpoint() && !isOfTestsSource) {
          kept.add(edge.toString());
        }
      }
    }

    assertThat(kept).isEmpty();
  }

  private static SourceRecord withoutValue(SourceRecord source) {
    return new SourceRecord(
        source.position(), source.timestampMillis(), source.key(), null, source.headers());
  }

  record Written(List<OutputRecord> embeddings, List<OutputRecord> deadLetters) {}

  static EmbedTopicJob.Outputs connect(
      StreamExecutionEnvironment environment, List<SourceRecord> records, String... settings) {
    Checked job = check(environment, settings);
    return EmbedTopicJob.connect(texts(environment, records), embedders(job), job);
  }

  private static DataStream<SourceRecord> texts(
      StreamExecutionEnvironment environment, List<SourceRecord> records) {
    return environment.fromData(records, TypeInformation.of(SourceRecord.class));
  }

  private static OnnxTextEmbedderFactory embedders(Checked job) {
    EmbedTopicOptions options = job.options();
    return new OnnxTextEmbedderFactory(
        options.modelDirectory(), options.embedder(), job.model().digest());
  }

  private static Checked check(StreamExecutionEnvironment environment, String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.addAll(List.of("streambed.model.directory", TinyModelDirectory.path().toString()));
    Configuration file = Options.with(all.toArray(String[]::new));
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    FlinkSettings.apply(environment, file, options);
    ModelDirectory model = ModelDirectory.open(TinyModelDirectory.path());
    ModelUse use = EmbedTopicJob.use(model.description(), model.digest(), options.embedder());
    return new Checked(
        options,
        use,
        options.sink().openProfile(use.namesOfOthers()),
        List.of("texts"),
        OutputLimits.ofOptions(options.sink()),
        /* sinkHasRecords= */ false);
  }

  /** Runs the job over these records, with settings beside the usual ones. */
  static Written run(List<SourceRecord> records, String... settings) throws Exception {
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1);
    EmbedTopicJob.Outputs outputs = connect(environment, records, settings);
    EMBEDDINGS.clear();
    DEAD_LETTERS.clear();
    keep(outputs.embeddings(), record -> EMBEDDINGS.add(record));
    keep(outputs.deadLetters(), record -> DEAD_LETTERS.add(record));
    environment.execute();
    return new Written(List.copyOf(EMBEDDINGS), List.copyOf(DEAD_LETTERS));
  }

  private static void keep(DataStream<OutputRecord> records, Keeper keeper) {
    records
        .map(
            record -> {
              keeper.keep(record);
              return record;
            },
            TypeInformation.of(OutputRecord.class))
        .sinkTo(new DiscardingSink<>());
  }

  private interface Keeper extends Serializable {
    void keep(OutputRecord record);
  }
}
