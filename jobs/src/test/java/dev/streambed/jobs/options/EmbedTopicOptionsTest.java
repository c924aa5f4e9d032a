package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.Headings;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.jobs.format.ControlCharacters;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.format.FormatOptions;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.options.BatchKeys.ChunkingKeys;
import dev.streambed.jobs.options.ModelKeys.ChangeKeys;
import dev.streambed.jobs.options.policy.BootstrapPolicy;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import dev.streambed.jobs.options.policy.LostTransactionPolicy;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.jobs.registry.Subject;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.SessionSharing;
import dev.streambed.operator.change.ChangeMode;
import dev.streambed.operator.change.ChangeOptions;
import dev.streambed.operator.change.ChangeOptions.UnchangedChunks;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmbedTopicOptionsTest {

  @Test
  void hasTheDocumentedDefaults() {
    EmbedTopicOptions options = EmbedTopicOptions.from(Options.with());

    assertThat(options)
        .isEqualTo(
            new EmbedTopicOptions(
                new SourceOptions(
                    "localhost:9092",
                    SourceTopics.of("texts"),
                    new RecordFormat(TextFormat.JSON, KeyFormat.STRING, null),
                    "streambed-texts-to-embeddings",
                    IsolationLevel.READ_COMMITTED,
                    /* bounded= */ false,
                    /* requireKey= */ false,
                    LostOffsetsPolicy.FAIL,
                    Map.of()),
                new SinkOptions(
                    "localhost:9092",
                    "embeddings",
                    "dead-letters",
                    RejectedPolicy.KEEP,
                    EmbeddingFormat.JSON,
                    ProfileOptions.CANONICAL,
                    /* subject= */ null,
                    /* includeText= */ true,
                    OutputHeaders.DEFAULT,
                    "streambed-texts-to-embeddings",
                    Duration.ofMinutes(15),
                    TransactionNamingStrategy.POOLING,
                    LostTransactionPolicy.FAIL,
                    MemorySize.parse("1 mb"),
                    Map.of()),
                "/models/m",
                new EmbedderOptions(0, null, 1_000_000, 1, DeviceChoice.CPU),
                ModelChangePolicy.FAIL,
                new BatchingOptions(
                    new BatchPolicy(256, 0),
                    new BatcherOptions(0, 0, 0),
                    CalibrationOptions.OFF,
                    /* inFlightBytes= */ 0),
                SessionSharing.SLOT,
                /* chunking= */ null,
                ChangeOptions.OFF,
                BootstrapPolicy.OFF,
                Duration.ofSeconds(10)));
  }

  @Test
  void takesEveryKeyIntoTheRecords() {
    Map<String, String> all = new HashMap<>();
    all.put("streambed.source.bootstrap-servers", "a:1");
    all.put("streambed.source.topic", "in");
    all.put("streambed.source.format", "plain-text");
    all.put("streambed.source.key-format", "avro");
    all.put("streambed.source.control-characters", "drop");
    all.put("streambed.source.group-id", "group");
    all.put("streambed.source.isolation-level", "read_uncommitted");
    all.put("streambed.source.bounded", "true");
    all.put("streambed.source.require-key", "true");
    all.put("streambed.source.on-lost-offsets", "continue");
    all.put("streambed.source.kafka.fetch.min.bytes", "2");
    all.put("streambed.registry.url", "http://r:1, https://s/path");
    all.put("streambed.registry.username", "ali");
    all.put("streambed.registry.password", "${env:PATH}");
    all.put("streambed.registry.ssl.truststore.location", "/t.pem");
    all.put("streambed.registry.ssl.truststore.password", "${env:HOME}");
    all.put("streambed.sink.bootstrap-servers", "b:2");
    all.put("streambed.sink.topic", "out");
    all.put("streambed.sink.dead-letter-topic", "dead");
    all.put("streambed.sink.on-rejected", "tombstone");
    all.put("streambed.sink.format", "avro");
    all.put("streambed.sink.encoding", "float32-bytes");
    all.put("streambed.sink.subject", "out-value");
    all.put("streambed.sink.include-text", "false");
    all.put("streambed.sink.headers", "trace;span");
    all.put("streambed.sink.transactional-id-prefix", "prefix");
    all.put("streambed.sink.transaction-timeout", "3 min");
    all.put("streambed.sink.transaction-naming", "incrementing");
    all.put("streambed.sink.on-lost-transaction", "ignore");
    all.put("streambed.sink.max-record-size", "2 mb");
    all.put("streambed.sink.kafka.compression.type", "lz4");
    all.put("streambed.model.directory", "/m");
    all.put("streambed.model.dimensions", "4, 0,2");
    all.put("streambed.model.prompt", "query");
    all.put("streambed.model.max-characters", "5");
    all.put("streambed.model.intra-op-threads", "6");
    all.put("streambed.model.device", "cuda:7");
    all.put("streambed.model.on-change", "re-embed");
    all.put("streambed.batch.max-records", "7");
    all.put("streambed.batch.max-tokens", "8");
    all.put("streambed.batch.workers", "9");
    all.put("streambed.batch.cache-size", "1 kb");
    all.put("streambed.batch.max-in-flight-size", "32 mb");
    all.put("streambed.batch.calibration-limit", "4 s");
    all.put("streambed.batch.calibration-directory", "/calibration");
    all.put("streambed.session.sharing", "task-manager");
    all.put("streambed.chunking.mode", "reject");
    all.put("streambed.chunking.max-tokens", "10");
    all.put("streambed.changes.mode", "metadata-only");
    all.put("streambed.changes.ttl", "30 d");
    all.put("streambed.changes.bootstrap", "topic");
    all.put("streambed.startup.timeout", "10 min");
    Configuration file = Configuration.fromMap(all);

    EmbedTopicOptions options = EmbedTopicOptions.from(file);

    RegistryOptions registry =
        new RegistryOptions(
            List.of("http://r:1", "https://s/path"),
            "ali",
            "/t.pem",
            Map.of(
                "password",
                "${env:PATH}",
                "truststore-password",
                "${env:HOME}",
                "config.providers",
                "env",
                "config.providers.env.class",
                EnvVarConfigProvider.class.getName()));
    List<ConfigOption<?>> checked = new ArrayList<>(JobOptions.all());
    checked.removeAll(List.of(SourceTopics.TOPICS, SourceTopics.PATTERN)); // in place of topic
    checked.removeAll(MappingKeys.MAPPING);
    checked.remove(MappingKeys.SCHEMA_FILE); // neither does plain text
    checked.removeAll(
        List.of(MappingKeys.MESSAGE, MappingKeys.KEY_MESSAGE)); // ProtobufPipelineTest
    checked.removeAll( // of chunks: splits
        List.of(
            ChunkingKeys.OVERLAP_TOKENS,
            ChunkingKeys.MIN_TOKENS,
            ChunkingKeys.BOUNDARY,
            ChunkingKeys.HEADINGS,
            ChunkingKeys.HEADINGS_IN_TEXT,
            ChangeKeys.UNCHANGED_CHUNKS));
    checked.remove(RegistryKeys.BEARER_TOKEN); // in place of the user
    checked.removeAll( // Avro is canonical: ProfileKeysTest
        List.of(ProfileKeys.PROFILE, ProfileKeys.FIELDS, ProfileKeys.METADATA_TYPES));
    checked.remove(MappingKeys.ENVELOPE); // plain text takes none: PipelineFileTest.readsAMapping
    assertThat(checked)
        .allSatisfy(
            option -> {
              assertThat(file.getOptional(option)).as(option.key()).isPresent();
              if (option.hasDefaultValue()) {
                Object value = file.getOptional(option).orElseThrow();
                assertThat(value).as(option.key()).isNotEqualTo(option.defaultValue());
              }
            });
    assertThat(options)
        .isEqualTo(
            new EmbedTopicOptions(
                new SourceOptions(
                    "a:1",
                    SourceTopics.of("in"),
                    new RecordFormat(
                        TextFormat.PLAIN_TEXT,
                        KeyFormat.AVRO,
                        null,
                        ControlCharacters.DROP,
                        new FormatOptions(null, registry, null, null)),
                    "group",
                    IsolationLevel.READ_UNCOMMITTED,
                    /* bounded= */ true,
                    /* requireKey= */ true,
                    LostOffsetsPolicy.CONTINUE,
                    Map.of("fetch.min.bytes", "2")),
                new SinkOptions(
                    "b:2",
                    "out",
                    "dead",
                    RejectedPolicy.TOMBSTONE,
                    EmbeddingFormat.AVRO,
                    new ProfileOptions(
                        ProfileName.CANONICAL, VectorEncoding.FLOAT32_BYTES, Map.of(), Map.of()),
                    new Subject(registry, "out-value"),
                    /* includeText= */ false,
                    OutputHeaders.parse(List.of("trace", "span")),
                    "prefix",
                    Duration.ofMinutes(3),
                    TransactionNamingStrategy.INCREMENTING,
                    LostTransactionPolicy.IGNORE,
                    MemorySize.parse("2 mb"),
                    Map.of("compression.type", "lz4")),
                "/m",
                new EmbedderOptions(List.of(4, 0, 2), "query", 5, 6, DeviceChoice.CUDA.on(7), 10),
                ModelChangePolicy.RE_EMBED,
                new BatchingOptions(
                    new BatchPolicy(7, 8),
                    new BatcherOptions(9, 0, 1024),
                    new CalibrationOptions(Duration.ofSeconds(4), "/calibration"),
                    /* inFlightBytes= */ 32 << 20),
                SessionSharing.TASK_MANAGER,
                /* chunking= */ null,
                new ChangeOptions(ChangeMode.METADATA_ONLY, Duration.ofDays(30)),
                BootstrapPolicy.TOPIC,
                Duration.ofMinutes(10)));
  }

  private static final Map<String, String> SPLIT =
      Map.of("streambed.chunking.mode", "split", "streambed.source.require-key", "true");

  @Test
  void splits() {
    Map<String, String> all = new HashMap<>(SPLIT);
    all.put("streambed.chunking.max-tokens", "100");
    all.put("streambed.chunking.overlap-tokens", "20");
    all.put("streambed.chunking.min-tokens", "30");
    all.put("streambed.chunking.boundary", "paragraph");
    all.put("streambed.chunking.headings", "markdown");
    all.put("streambed.chunking.headings-in-text", "true");
    all.put("streambed.changes.mode", "metadata-only");
    all.put("streambed.changes.unchanged-chunks", "write");

    EmbedTopicOptions options = EmbedTopicOptions.from(with(all));

    assertThat(options.chunking())
        .isEqualTo(
            new ChunkingOptions(
                100, 20, 30, Boundary.PARAGRAPH, Headings.MARKDOWN, /* headingsInText= */ true));
    assertThat(options.changes())
        .isEqualTo(new ChangeOptions(ChangeMode.METADATA_ONLY, null, UnchangedChunks.WRITE));
    assertThat(options.embedder().maxTokens()).isNull();
    assertThat(EmbedTopicOptions.from(with(SPLIT)).chunking()).isEqualTo(ChunkingOptions.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "streambed.source.require-key | false | Invalid value split for option streambed.chunking.mode: must be truncate or reject unless streambed.source.require-key is true",
        "streambed.changes.ttl | 72 h | Invalid value 3 d for option streambed.changes.ttl: must be absent while streambed.chunking.mode is split",
        "streambed.source.key-format | long | must be truncate or reject with profile canonical and streambed.source.key-format long",
        "streambed.sink.kafka.partitioner.class | org.apache.kafka.clients.producer.RoundRobinPartitioner | Option streambed.sink.kafka.partitioner.class has no effect while streambed.chunking.mode is split",
        "streambed.chunking.max-tokens | -1 | must be at least 10",
        "streambed.chunking.max-tokens | 9 | Invalid value 9 for option streambed.chunking.max-tokens: must be at least 10, or 0 for the model's limit.",
        "streambed.chunking.overlap-tokens | -1 | must be at least 0",
        "streambed.chunking.min-tokens | -1 | must be at least 0",
        "streambed.chunking.headings-in-text | true | Invalid value true for option streambed.chunking.headings-in-text: must be absent, as it has no effect while streambed.chunking.headings is off.",
        "streambed.changes.unchanged-chunks | write | Invalid value write for option streambed.changes.unchanged-chunks: must be skip while streambed.changes.mode is skip: it keeps no vectors to write them with; set metadata-only.",
      })
  void refusesWhatChunksDoNotGoWith(String key, String value, String message) {
    Map<String, String> all = new HashMap<>(SPLIT);
    all.put("streambed.changes.mode", "skip");
    all.put(key, value);

    assertThatThrownBy(() -> EmbedTopicOptions.from(with(all)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "streambed.sink.kafka.partitioner.class | org.apache.kafka.clients.producer.RoundRobinPartitioner | Invalid value topic for option streambed.changes.bootstrap: must be off with streambed.sink.kafka.partitioner.class: the partition of a key",
        "streambed.changes.mode | off | Invalid value topic for option streambed.changes.bootstrap: must be off while streambed.changes.mode is off and streambed.chunking.mode is not split, as nothing is remembered.",
        "streambed.sink.profile | qdrant | must be off with streambed.sink.profile qdrant, whose keys are hashes of ids",
        "streambed.sink.encoding | int8 | must be off with streambed.sink.encoding int8 and streambed.changes.mode metadata-only, which writes vectors again",
        "streambed.source.key-format | long | must be off with streambed.sink.profile elasticsearch and streambed.source.key-format long",
      })
  void refusesATopicThatDoesNotTellEnough(String key, String value, String message) {
    Map<String, String> all = new HashMap<>();
    all.put("streambed.changes.mode", "metadata-only");
    all.put("streambed.changes.bootstrap", "topic");
    all.put("streambed.sink.profile", "elasticsearch");
    assertThat(EmbedTopicOptions.from(with(all)).bootstrap()).isEqualTo(BootstrapPolicy.TOPIC);
    all.put(key, value);

    assertThatThrownBy(() -> EmbedTopicOptions.from(with(all)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesATopicWhoseSchemaOnlyTheRegistryHas() {
    Map<String, String> all =
        Map.of(
            "streambed.changes.mode", "skip",
            "streambed.changes.bootstrap", "topic",
            "streambed.sink.profile", "flat",
            "streambed.sink.format", "avro",
            "streambed.sink.subject", "embeddings-value",
            "streambed.registry.url", "http://registry:8081");

    assertThatThrownBy(() -> EmbedTopicOptions.from(with(all)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(
            "must be off with streambed.sink.profile flat in Avro, whose schema only the registry has");
  }

  @Test
  void givesTheNameOfHeadingsToThemAlone() {
    Map<String, String> all = new HashMap<>(SPLIT);
    all.put("streambed.source.metadata", "/price;/headings");
    assertThat(EmbedTopicOptions.from(with(all)).chunking()).isNotNull();

    all.put("streambed.chunking.headings", "markdown");

    assertThatThrownBy(() -> EmbedTopicOptions.from(with(all)))
        .hasMessage(
            "Invalid value 'headings' for option streambed.source.metadata: must be another name, such as parts: /headings, as that is the name of the headings above a chunk.");
    all.put("streambed.source.metadata", "/price;parts: /headings");
    assertThat(EmbedTopicOptions.from(with(all)).chunking()).isNotNull();
    all.put("streambed.sink.profile", "flat");
    all.put("streambed.sink.fields.text", "headings");
    assertThatThrownBy(() -> EmbedTopicOptions.from(with(all)))
        .hasMessageContaining("metadata and a field are both called 'headings'");
  }

  @Test
  void takesKeysOfAllFormatsWhereTheKeysOfChunksAreIds() {
    Map<String, String> all = new HashMap<>(SPLIT);
    all.put("streambed.source.key-format", "long");
    all.put("streambed.sink.profile", "qdrant");

    assertThat(EmbedTopicOptions.from(with(all)).chunking()).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "split | max-tokens | 17 | streambed.chunking.max-tokens: must be at most 16, which is what model",
        "reject | max-tokens | 17 | streambed.chunking.max-tokens: must be at most 16, which is what model",
        "split | overlap-tokens | 9 | streambed.chunking.overlap-tokens: must be at most 8, half of a chunk",
        "split | min-tokens | 9 | streambed.chunking.min-tokens: must be at most 8, half of a chunk",
      })
  void refusesWhatTheModelDoesNotTake(String mode, String key, String value, String message) {
    Map<String, String> all = new HashMap<>(SPLIT);
    all.put("streambed.chunking.mode", mode);
    all.put("streambed.chunking." + key, value);
    EmbedTopicOptions options = EmbedTopicOptions.from(with(all));
    ModelDescription model = ModelDirectory.open(TinyModelDirectory.path()).description();

    assertThatThrownBy(() -> options.checkModel(model))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  private static Configuration with(Map<String, String> more) {
    Configuration file = Options.with();
    more.forEach(file::setString);
    return file;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "streambed.chunking.max-tokens | 5 | Invalid value 5 for option streambed.chunking.max-tokens: must be absent, as it has no effect while streambed.chunking.mode is truncate.",
        "streambed.chunking.overlap-tokens | 5 | must be absent, as it has no effect while",
        "streambed.chunking.min-tokens | 5 | must be absent, as it has no effect while",
        "streambed.chunking.boundary | any | must be absent, as it has no effect while",
        "streambed.chunking.headings | markdown | must be absent, as it has no effect while streambed.chunking.mode is truncate",
        "streambed.chunking.headings-in-text | true | must be absent, as it has no effect while",
        "streambed.changes.unchanged-chunks | skip | must be absent unless streambed.chunking.mode is split and streambed.changes.mode is on: else all of a text is written",
        "streambed.batch.max-records | 0 |"
            + " Invalid value 0 for option streambed.batch.max-records: must be between 1 and 4096",
        "streambed.batch.max-tokens | -1 | option streambed.batch.max-tokens: must be at least 1",
        "streambed.batch.workers | 1025 |"
            + " option streambed.batch.workers: must be between 1 and 1024",
        "streambed.batch.calibration-limit | 2 min |"
            + " option streambed.batch.calibration-limit: must be between 0 s (off) and 1 min",
        "streambed.batch.calibration-directory | /c |"
            + " Invalid value '/c' for option streambed.batch.calibration-directory: must be absent, as nothing is measured unless streambed.batch.calibration-limit is above 0 s",
        "streambed.changes.ttl | 1 d |"
            + " option streambed.changes.ttl: must be absent, as nothing is remembered while streambed.changes.mode is off",
        "streambed.model.device | gpu |"
            + " Invalid value 'gpu' for option streambed.model.device: must be cpu, auto, cuda, or",
        "streambed.model.dimensions | -1 | option streambed.model.dimensions: must be at least 1",
        "streambed.model.dimensions | 4, -1 | -1 for option streambed.model.dimensions: must be at",
        "streambed.model.dimensions | 4, 2, 4 | 4 for option streambed.model.dimensions: must be there once",
        "streambed.model.dimensions | 4;2 | '4;2' for option streambed.model.dimensions: must be a number, or a list of these",
        "streambed.model.dimensions | 4, | '' for option streambed.model.dimensions: must be a number, or",
        "streambed.model.max-characters | 0 | option streambed.model.max-characters: must be at",
        "streambed.model.intra-op-threads | 0 | option streambed.model.intra-op-threads: must be",
        "streambed.source.format | avro |"
            + " another one, unless there is streambed.registry.url or",
        "streambed.source.key-format | avro | unless there is streambed.registry.url",
        "streambed.source.topic | ' ' | option streambed.source.topic: must be the name of a topic",
        "streambed.source.topic | embeddings | another topic than the source's",
        "streambed.source.topic | dead-letters | another topic than the source's",
        "streambed.source.bootstrap-servers | localhost |"
            + " Invalid value 'localhost' for option streambed.source.bootstrap-servers: must be host:port; several as a list or with commas.",
        "streambed.source.bootstrap-servers | a:1,b | Invalid value 'a:1,b' for option",
        "streambed.source.bootstrap-servers | a:65536 | must be host:port",
        "streambed.source.bootstrap-servers | ',' | must be host:port",
        "streambed.sink.bootstrap-servers | a b:1 |"
            + " Invalid value 'a b:1' for option streambed.sink.bootstrap-servers: must be host:port",
        "streambed.source.group-id | a\0b |"
            + " option streambed.source.group-id: must be the name of a consumer group, without control characters.",
        "streambed.source.group-id | a\u0085b | without control characters.",
        "streambed.source.group-id | ' ' | option streambed.source.group-id: must be the name of",
        "streambed.sink.dead-letter-topic | embeddings |"
            + " option streambed.sink.dead-letter-topic: must be the name of a topic of its own",
        "streambed.sink.transactional-id-prefix | a/b |"
            + " Invalid value 'a/b' for option streambed.sink.transactional-id-prefix: must be",
        "streambed.sink.transaction-timeout | 10 ms |"
            + " Invalid value 10 ms for option streambed.sink.transaction-timeout: must be between 1 s and 7 d",
        "streambed.sink.max-record-size | 1 kb |"
            + " option streambed.sink.max-record-size: must be between 16 kb and 512 mb",
        "streambed.startup.timeout | 0 s | option streambed.startup.timeout: must be between",
        "streambed.source.kafka.group.id | g |"
            + " Option streambed.source.kafka.group.id cannot be set: use"
            + " streambed.source.group-id.",
        "streambed.source.kafka.auto.offset.reset | latest |"
            + " cannot be set: exactly-once delivery needs the job's own value.",
        "streambed.sink.kafka.transactional.id | t |"
            + " use streambed.sink.transactional-id-prefix.",
        "streambed.sink.kafka.acks | 0 | cannot be set: exactly-once delivery needs",
        "streambed.sink.kafka.compresion.type | lz4 |"
            + " Unknown property compresion.type of Kafka's producer in option"
            + " streambed.sink.kafka.compresion.type. Did you mean compression.type?",
        "streambed.source.kafka.max.pol.records | 5 | Did you mean max.poll.records?",
        "streambed.sink.kafka.max.poll.records | 5 |"
            + " Unknown property max.poll.records of Kafka's producer in option",
        "streambed.sink.kafka.schema.registry.url | http://x | only with a class of your own",
        "streambed.sink.kafka.compression.type | gzpi |"
            + " Kafka's producer does not take option streambed.sink.kafka.compression.type:"
            + " Invalid value gzpi",
        "streambed.source.kafka.max.poll.records | many |"
            + " Kafka's consumer does not take option streambed.source.kafka.max.poll.records",
        "streambed.source.kafka.fetch.min.bytes | -5 | fetch.min.bytes: Invalid value -5",
        "streambed.source.kafka.partition.discovery.interval.ms | soon | a number of milliseconds",
        "streambed.source.kafka.commit.offsets.on.checkpoint | maybe | true or false",
        "streambed.sink.kafka.register.producer.metrics | maybe | true or false",
        "streambed.sink.kafka.request.timeout.ms | 1 |"
            + " Invalid value for option streambed.sink.kafka.request.timeout.ms: must be at least"
            + " 100 ms, or Kafka's answers come too late.",
        "streambed.sink.kafka.default.api.timeout.ms | 99 | must be at least 100 ms",
        "streambed.source.kafka.request.timeout.ms | 0 | must be at least 100 ms",
        "streambed.sink.kafka.buffer.memory | 1000000 |"
            + " Invalid value 1000000 for option streambed.sink.kafka.buffer.memory: must be at"
            + " least 1048576",
      })
  void refusesWhatIsOutOfItsRange(String key, String value, String message) {
    assertThatThrownBy(() -> EmbedTopicOptions.from(Options.with(key, value)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:1, b:2",
        "kafka-1.example.org:9092",
        "[::1]:9092",
        "SASL_SSL://kafka_1:9092",
        "a:1,"
      })
  void takesAddressesAsKafkaDoes(String servers) {
    Configuration file = Options.with("streambed.source.bootstrap-servers", servers);

    assertThat(EmbedTopicOptions.from(file).source().bootstrapServers()).isEqualTo(servers);
  }

  @ParameterizedTest
  @CsvSource({
    "streambed.source.bootstrap-servers",
    "streambed.sink.topic",
    "streambed.sink.dead-letter-topic",
    "streambed.model.directory",
  })
  void refusesWithoutWhatHasNoDefault(String key) {
    Configuration file = Options.with();
    file.removeKey(key);

    assertThatThrownBy(() -> EmbedTopicOptions.from(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("Option %s is missing. It has no default.", key);
  }

  @Test
  void neverMakesATransactionalPrefixThatStartsWithAnother() {
    // Names made to collide, if they could.
    String[] prefixes = {
      "emb",
      "emb-dlq",
      "emb-embeddings",
      "emb-embeddings-",
      "emb-dead-letters",
      "streambed",
      "streambed-emb",
    };
    String[] made =
        Arrays.stream(prefixes)
            .map(
                prefix ->
                    EmbedTopicOptions.from(
                            Options.with("streambed.sink.transactional-id-prefix", prefix))
                        .sink())
            .flatMap(
                sink ->
                    Arrays.stream(new String[] {sink.embeddingsPrefix(), sink.deadLettersPrefix()}))
            .toArray(String[]::new);

    assertThat(made).hasSize(2 * prefixes.length).doesNotHaveDuplicates();
    for (String one : made) {
      assertThat(made).filteredOn(other -> other.startsWith(one)).containsExactly(one);
    }
  }

  @Test
  void setsTheProducersLimitsFromTheOptions() {
    SinkOptions sink =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.sink.transaction-timeout", "2 min",
                    "streambed.sink.max-record-size", "3 mb",
                    "streambed.sink.kafka.linger.ms", "7"))
            .sink();

    assertThat(sink.producerProperties())
        .containsOnly(
            Map.entry("transaction.timeout.ms", "120000"),
            Map.entry("max.request.size", "3145728"),
            Map.entry("batch.size", "131072"),
            Map.entry("buffer.memory", "33554432"),
            Map.entry("linger.ms", "7"));
  }

  @Test
  void leavesPropertiesThatKafkaDoesNotKnowToAPluggedInClass() {
    SinkOptions sink =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.sink.kafka.metric.reporters",
                    "org.apache.kafka.common.metrics.JmxReporter",
                    "streambed.sink.kafka.acme.endpoint",
                    "http://localhost",
                    "streambed.sink.kafka.metrics.context.team",
                    "search"))
            .sink();

    assertThat(sink.kafka()).containsEntry("acme.endpoint", "http://localhost");
    // A class of one's own excuses no misspelling.
    assertThatThrownBy(
            () ->
                EmbedTopicOptions.from(
                    Options.with(
                        "streambed.sink.kafka.metric.reporters",
                        "org.apache.kafka.common.metrics.JmxReporter",
                        "streambed.sink.kafka.batch.sise",
                        "1")))
        .hasMessageEndingWith("Did you mean batch.size?");
  }

  @Test
  void neverShowsAValueThatIsKeptElsewhere() {
    Configuration file = Options.with("streambed.sink.kafka.linger.ms", "${env:PATH}");

    assertThatCode(() -> EmbedTopicOptions.from(file)).doesNotThrowAnyException();
    assertThatThrownBy(
            () ->
                ClientProperties.PRODUCER.checkResolved(
                    JobOptions.SINK_KAFKA,
                    Map.of("linger.ms", "${env:PATH}"),
                    Map.of("linger.ms", "hunter2")))
        .hasMessage(
            "Kafka's producer does not take option streambed.sink.kafka.linger.ms: what it refers"
                + " to is no valid value.");
  }

  @Test
  void keepsTheNamesOfJobsApartThatFeedOneSink() {
    SinkOptions one = EmbedTopicOptions.from(Options.with("streambed.source.topic", "a")).sink();
    SinkOptions other = EmbedTopicOptions.from(Options.with("streambed.source.topic", "b")).sink();

    assertThat(one.transactionalIdPrefix()).isNotEqualTo(other.transactionalIdPrefix());
  }

  @Test
  void makesTheBufferOfTheProducerAsLargeAsTheLargestRecord() {
    SinkOptions sink =
        EmbedTopicOptions.from(Options.with("streambed.sink.max-record-size", "64 mb")).sink();

    // 64 MiB and a batch of 128 KiB
    assertThat(sink.producerProperties()).containsEntry("buffer.memory", "67239936");
  }

  @Test
  void sendsNoMoreAtOnceThanATopicOfSmallRecordsTakes() {
    SinkOptions sink =
        EmbedTopicOptions.from(Options.with("streambed.sink.max-record-size", "64 kb")).sink();

    assertThat(sink.producerProperties()).containsEntry("batch.size", "65536");
  }

  @Test
  void describesWhatEachOptionDoes() {
    for (ConfigOption<?> option : JobOptions.all()) {
      assertThat(option.key()).matches("streambed(\\.[a-z]+(-[a-z]+)*)+");
      assertThat(OptionsTable.description(option)).as(option.key()).endsWith(".");
    }
  }
}
