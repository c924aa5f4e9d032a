package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineFileTest {

  @Test
  void readsNestedKeysAndKeysWithDots() {
    Configuration file =
        parse(
            """
            streambed:
              source.topic: texts
              source:
                kafka:
                  security.protocol: SASL_SSL
                  ssl: {truststore.location: /t}
            streambed.sink.topic: embeddings
            execution.checkpointing.interval: 3 s
            """);

    assertThat(file.get(JobOptions.SOURCE_TOPIC)).isEqualTo("texts");
    assertThat(file.get(JobOptions.SINK_TOPIC)).isEqualTo("embeddings");
    assertThat(file.get(JobOptions.SOURCE_KAFKA))
        .isEqualTo(Map.of("security.protocol", "SASL_SSL", "ssl.truststore.location", "/t"));
    assertThat(file.get(CheckpointingOptions.CHECKPOINTING_INTERVAL))
        .isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void takesScalarsAsTheyAreWritten() {
    Configuration file =
        parse(
            """
            streambed.sink.kafka:
              a: 0.10
              b: 007
              c: yes
              d: "quoted # text"
              e: 12:30:00
            """);

    assertThat(file.get(JobOptions.SINK_KAFKA))
        .isEqualTo(
            Map.of("a", "0.10", "b", "007", "c", "yes", "d", "quoted # text", "e", "12:30:00"));
  }

  @Test
  void readsNumbersOfItsOwnAsFlinkDoes() {
    Configuration file =
        parse(
            """
            streambed.batch: {workers: 0x10, max-tokens: 0o1000, max-records: +7}
            streambed.source.bounded: TRUE
            """);

    assertThat(file.get(BatchKeys.WORKERS)).isEqualTo(16);
    assertThat(file.get(BatchKeys.MAX_TOKENS)).isEqualTo(512);
    assertThat(file.get(BatchKeys.MAX_RECORDS)).isEqualTo(7);
    assertThat(file.get(JobOptions.SOURCE_BOUNDED)).isTrue();
  }

  @Test
  void readsListsWhereListsAre() {
    Configuration file =
        parse(
            """
            pipeline.jars: ["a;b", 'it''s', c]
            streambed.source:
              bootstrap-servers:
              - kafka-1:9092
              - kafka-2:9092
              kafka.interceptor.classes: [a.B, c.D]
            streambed.model.dimensions: [768, 256]
            streambed.sink.headers: [trace, span]
            metrics.reporter.prom.filter.includes: ['*:numRecordsIn', '*:embedding*']
            """);

    assertThat(file.get(PipelineOptions.JARS)).isEqualTo(List.of("a;b", "it's", "c"));
    assertThat(file.get(JobOptions.SOURCE_BOOTSTRAP_SERVERS))
        .isEqualTo("kafka-1:9092,kafka-2:9092");
    assertThat(file.get(ModelKeys.DIMENSIONS)).isEqualTo("768,256");
    assertThat(file.get(JobOptions.SINK_HEADERS)).containsExactly("trace", "span");
    assertThat(file.get(JobOptions.SOURCE_KAFKA))
        .isEqualTo(Map.of("interceptor.classes", "a.B,c.D"));
    assertThat(file.toMap())
        .containsEntry(
            "metrics.reporter.prom.filter.includes", "['*:numRecordsIn', '*:embedding*']");
  }

  @Test
  void resolvesAliasesAndMergesMappings() {
    Configuration file =
        parse(
            """
            streambed:
              source:
                topic: &name texts
                group-id: *name
                kafka: &login
                  security.protocol: SSL
                  client.dns.lookup: use_all_dns_ips
              sink:
                topic: embeddings
                kafka:
                  client.dns.lookup: resolve_canonical_bootstrap_servers_only
                  <<: *login
                  linger.ms: 5
            """);

    assertThat(file.get(JobOptions.SOURCE_GROUP_ID)).isEqualTo("texts");
    assertThat(file.get(JobOptions.SINK_KAFKA))
        .isEqualTo(
            Map.of(
                "security.protocol", "SSL",
                "client.dns.lookup", "resolve_canonical_bootstrap_servers_only",
                "linger.ms", "5"));
  }

  @Test
  void mergesTheFirstOfSeveralMappingsFirst() {
    Configuration file =
        parse(
            """
            streambed.source.kafka: &a {x: 1, y: 1}
            streambed.sink.kafka: {<<: [{y: 2, z: 2}, *a]}
            """);

    assertThat(file.get(JobOptions.SINK_KAFKA)).isEqualTo(Map.of("x", "1", "y", "2", "z", "2"));
  }

  @Test
  void resolvesReferencesWhereverTheyStand(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("names.properties"), "group=mine\n");

    Configuration read =
        parse(
            """
            streambed.source.group-id: ${file:%s:group}-${env:PATH}-embed
            streambed.source.kafka.ssl.key.password: ${env:PATH}
            pipeline.jars: ['${file:%s:group}', b]
            pipeline.name: ${env:PATH}
            """
                .formatted(file, file));

    String path = System.getenv("PATH");
    assertThat(read.get(JobOptions.SOURCE_GROUP_ID)).isEqualTo("mine-" + path + "-embed");
    assertThat(read.get(PipelineOptions.JARS)).isEqualTo(List.of("mine", "b"));
    assertThat(read.get(PipelineOptions.NAME)).isEqualTo(path);
    // Kafka's clients resolve theirs where they run.
    assertThat(read.get(JobOptions.SOURCE_KAFKA))
        .isEqualTo(Map.of("ssl.key.password", "${env:PATH}"));
  }

  @Test
  void refusesALineBreakAtTheEndOfWhatAReferenceRefersTo(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("line"), "texts\n");
    Files.writeString(directory.resolve("lines"), "one\ntwo\n");
    Files.writeString(directory.resolve("nothing"), "");
    String prefix = "${directory:" + directory + ":";

    assertThatThrownBy(() -> parse("streambed.source.topic: '" + prefix + "line}'"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "test.yaml, line 1, column 1: Invalid value for option streambed.source.topic: What "
                + prefix
                + "line} refers to ends with a line break, which would be a part of the value."
                + " Write it without one, as printf does and echo does not.");
    assertThatThrownBy(() -> parse("streambed.source.topic: '" + prefix + "nothing}'"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("Option streambed.source.topic has no value.");
    assertThat(parse("pipeline.name: '" + prefix + "lines}'").get(PipelineOptions.NAME))
        .isEqualTo("one\ntwo\n");
  }

  @Test
  void takesAnEmptyValueForKafkaOnly() {
    String yaml = "streambed.sink.kafka.ssl.endpoint.identification.algorithm: ''\n";

    assertThat(parse(yaml).get(JobOptions.SINK_KAFKA))
        .isEqualTo(Map.of("ssl.endpoint.identification.algorithm", ""));
  }

  @Test
  void takesAnEmptyFileAsNoOptions() {
    assertThat(parse("").toMap()).isEmpty();
    assertThat(parse("# nothing\n").toMap()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "streambed.source.topc: a | test.yaml, line 1, column 1: Unknown option"
            + " streambed.source.topc. Did you mean streambed.source.topic?",
        "streambed: {batch: {max-token: 1}} | test.yaml, line 1, column 21: Unknown option"
            + " streambed.batch.max-token. Did you mean streambed.batch.max-tokens?",
        "stremabed.sink.topic: a | Did you mean streambed.sink.topic?",
        "execution.checkpointing.intervall: 1 s | Did you mean execution.checkpointing.interval?",
        "qqqq: a | Unknown option qqqq. All options of Streambed are in docs/options.md.",
        "streambed.sink.kafkas.a: 1 | Unknown option streambed.sink.kafkas.a.",
        "streambed.sink.topic: {name: a} | Unknown option streambed.sink.topic.name.",
        "`streambed.sink.topic: a\nstreambed: {sink: {topic: b}}` | test.yaml, line 2, column 20:"
            + " Option streambed.sink.topic is there twice; first at test.yaml, line 1, column 1.",
        "`streambed.sink.topic: a\nstreambed.sink.topic: b` | test.yaml, line 2, column 1: Key"
            + " streambed.sink.topic is there twice; first at test.yaml, line 1, column 1.",
        "`streambed: {sink: {topic: a}}\nstreambed: {}` | test.yaml, line 2, column 1: Key"
            + " streambed is there twice; first at test.yaml, line 1, column 1.",
        "`streambed: [` | test.yaml, line 1, column 13: Not valid YAML: ",
        "`streambed:\n\tsink: a` | test.yaml, line 2, column 1: Not valid YAML: a tab where only"
            + " spaces may be.",
        "`streambed.sink.topic: a: b` | test.yaml, line 1, column 24: Not valid YAML: ': ' inside"
            + " a value, or",
        "`streambed.sink.topic: @a` | test.yaml, line 1, column 23: Not valid YAML: a value cannot"
            + " begin with this character.",
        "`streambed.sink.topic: *a` | test.yaml, line 1, column 23: Not valid YAML: an alias"
            + " without its anchor.",
        "`streambed: &a {sink: *a}` | A mapping contains an alias of itself.",
        "`streambed.sink: &a {kafka: {<<: *a}}` | A mapping contains an alias of itself.",
        "`pipeline.jars: &a [*a]` | its list has something other than plain values",
        "`streambed.sink.kafka: {<<: a}` | test.yaml, line 1, column 24: << merges mappings only",
        "`streambed.sink.topic: !secret a` | test.yaml, line 1, column 23: A tag (!…) that means"
            + " nothing here.",
        "`? [a]\n: b` | test.yaml, line 1, column 3: A key is empty, or not a plain word.",
        "`streambed.sink.kafka:\n  <<: {acks: all}\n  <<: {a: 2}` | test.yaml, line 3, column 3: Key <<"
            + " is there twice; first at test.yaml, line 2, column 3.",
        "`~: b` | test.yaml, line 1, column 1: A key is empty, or not a plain word.",
        "`- a` | test.yaml, line 1, column 1: Not a pipeline file: it must be one mapping",
        "`just text` | Not a pipeline file: it must be one mapping of options to values",
        "`streambed.sink.topic: a\n---\nb: c` | test.yaml, line 2, column 1: Not valid YAML: a"
            + " second document begins here",
        "`streambed.sink.topic:` | test.yaml, line 1, column 1: Option streambed.sink.topic has no"
            + " value.",
        "`streambed.sink.topic: ~` | Option streambed.sink.topic has no value.",
        "`streambed.sink.topic: ''` | Option streambed.sink.topic has no value.",
        "`pipeline.name: null` | Option pipeline.name has no value.",
        "`execution.state-recovery.path: ''` | test.yaml, line 1, column 1: Option"
            + " execution.state-recovery.path has no value.",
        "`execution.checkpointing.dir: ''` | Option execution.checkpointing.dir has no value.",
        "`pipeline.jars: ['']` | Option pipeline.jars has no value.",
        "`streambed.sink.topic: [a, b]` | test.yaml, line 1, column 1: Invalid value for option"
            + " streambed.sink.topic: found a list; it takes one value.",
        "`streambed.batch.workers: [1]` | found a list; it takes one value.",
        "`streambed.sink.kafka.linger.ms: [5]` | found a list; it takes one value.",
        "`pipeline.name: [a]` | found a list; it takes one value.",
        "`streambed.source.bootstrap-servers: [[a]]` | Invalid value for option"
            + " streambed.source.bootstrap-servers: its list has something other than plain values",
        "streambed.batch.workers: many | test.yaml, line 1, column 1: Invalid value 'many' for"
            + " option streambed.batch.workers: must be a number in range.",
        "streambed.batch.workers: 99999999999 | Invalid value '99999999999' for option"
            + " streambed.batch.workers: ",
        "streambed.batch.workers: 1_000 | Invalid value '1_000' for option streambed.batch.workers",
        "streambed.source.format: xml | Invalid value 'xml' for option streambed.source.format:"
            + " must be one of json, plain-text, avro, protobuf.",
        "execution.checkpointing.interval: soon | Invalid value 'soon' for option"
            + " execution.checkpointing.interval: must be a duration of at least 0, such as 10 s.",
        "streambed.sink.transaction-timeout: -5 s | must be a duration of at least 0, such as",
        "streambed.batch.cache-size: -1 b | must be a size of at least 0, such as 64 mb.",
        "streambed.source.bounded: yes | Invalid value 'yes' for option"
            + " streambed.source.bounded: must be true or false.",
        "pipeline.global-job-parameters: a | must be names with their values.",
        "`streambed:` | test.yaml, line 1, column 1: streambed is no option, but a section: write"
            + " options below it, as in docs/options.md.",
        "`streambed: {source: texts}` | line 1, column 13: streambed.source is no option, but a",
        "`execution: 3` | line 1, column 1: execution is no option, but a section",
        "`streambed.source.topic: ${env:NOT_SET_ANYWHERE}` | test.yaml, line 1, column 1: Invalid"
            + " value for option streambed.source.topic: Nothing is there for"
            + " ${env:NOT_SET_ANYWHERE} where the pipeline file is read.",
        "`streambed.source.topic: ${vault:a}` | A reference to a provider 'vault'; there is"
            + " directory, env, file.",
        "`streambed.source.topic: ${HOME}` | A ${…} without a provider. Write ${env:NAME}",
        "`streambed.source.topic: ${env:HOME` | A ${ without its }. Write ${env:NAME}",
        "`streambed.sink.kafka.client.rack: a-${env:HOME` | Invalid value for option"
            + " streambed.sink.kafka.client.rack: A ${ without its }.",
        "`streambed.sink.kafka.client.rack: ${HOME}` | Invalid value for option"
            + " streambed.sink.kafka.client.rack: A ${…} without a provider.",
        "`streambed.source.topic: ${file:/no/such/file:key}` | Cannot resolve a reference: Could"
            + " not read properties from file /no/such/file.",
        "`execution.checkpointing.checkpoints-after-tasks-finish.enabled: true\n"
            + "execution.checkpointing.checkpoints-after-tasks-finish: true` | test.yaml, line 1,"
            + " column 1: Option execution.checkpointing.checkpoints-after-tasks-finish.enabled is"
            + " an older name of execution.checkpointing.checkpoints-after-tasks-finish, which is"
            + " there as well, as execution.checkpointing.checkpoints-after-tasks-finish at"
            + " test.yaml, line 2, column 1. Keep one of them.",
        "`state.checkpoints.dir: file:///a\nstate.backend.fs.checkpointdir: file:///b` | is an"
            + " older name of execution.checkpointing.dir, which is there as well, as"
            + " state.backend.fs.checkpointdir at test.yaml, line 2, column 1.",
        "`streambed.batch.workers: ${env:PATH}` | test.yaml, line 1, column 1: Invalid value for"
            + " option streambed.batch.workers: the option cannot be what its reference refers to.",
      })
  void refusesWhatNobodyReads(String yaml, String message) {
    assertThatThrownBy(() -> parse(yaml))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "streambed.sink.kafka:\n  sasl.jaas.config: hunter2 \"\n  : [}",
        "streambed.sink.kafka.ssl.key.password: *hunter2",
        "streambed.sink.kafka.ssl.key.password: !hunter2!x y",
        "streambed.sink.kafka.ssl.key.password: !hunter2 y",
        "streambed.sink.kafka.ssl.key.password: \"\\xhunter2\"",
        "streambed.sink.kafka.ssl.key.password: a\nhunter2",
        "streambed.sink.kafka.ssl.key.password: [hunter2",
        "streambed.sink.kafka.ssl.key.password: [{hunter2: 1}]",
        "streambed.sink.kafka.ssl.key.password: hunter2: 1",
        "streambed.sink.kafka.ssl.key.password: hunter2\u0007",
        "streambed.sink.kafka.ssl.key.password: '${hunter2}'",
      })
  void neverShowsASecretOfADamagedFile(String yaml) {
    assertThatThrownBy(() -> parse(yaml))
        .hasNoCause()
        .hasMessageStartingWith("test.yaml, line ")
        .hasMessageNotContaining("hunter2")
        .isInstanceOf(InvalidPipelineException.class);
  }

  @Test
  void refusesALargeFileAtOnceAndReadsAnyOther(@TempDir Path directory) throws Exception {
    Path large = Files.writeString(directory.resolve("a.yaml"), "#" + "x".repeat(4 << 20));
    Path comment = Files.writeString(directory.resolve("b.yaml"), "#" + "x".repeat(3_000_000));
    Path text =
        Files.writeString(
            directory.resolve("c.yaml"), "pipeline.name: \"" + "x ".repeat(1_500_000) + "\"");

    assertTimeoutPreemptively(
        Duration.ofSeconds(10), // it was 17 s, and quadratic; now a tenth of a second
        () -> {
          assertThatThrownBy(() -> PipelineFile.read(large))
              .hasMessage("Cannot read pipeline file %s: it has more than 3 MB.", large);
          assertThat(PipelineFile.read(comment).toMap()).isEmpty();
          assertThat(PipelineFile.read(text).get(PipelineOptions.NAME)).hasSize(3_000_000);
        });
  }

  @Test
  void saysWhereAFileIsNoUtf8(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("a.yaml");
    Files.write(file, "streambed:\n  sink.topic: \u00fc".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(() -> PipelineFile.read(file))
        .hasMessage("Cannot read pipeline file %s: it is not UTF-8 at byte 25, in line 2.", file);
  }

  @Test
  void placesWhatIsFoundWrongAfterItWasRead(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("a.yaml"),
            "execution:\n  runtime-mode: BATCH\nparallelism.default: 0");
    var failure = new InvalidPipelineException("Wrong.", null, "execution.runtime-mode");
    var other = new InvalidPipelineException("Wrong.", null, "execution.checkpointing.dir");

    assertThat(PipelineFile.placed(file, failure)).hasMessage("%s, line 2, column 3: Wrong.", file);
    assertThat(PipelineFile.placed(file, other)).hasMessage("Wrong.");
    assertThat(PipelineFile.placed(file, PipelineFile.placed(file, failure)))
        .hasMessage("%s, line 2, column 3: Wrong.", file);
  }

  @Test
  void readsAMapping(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("pipeline.yaml"),
            """
            streambed:
              source:
                bootstrap-servers: localhost:9092
                topic: products
                text: "{/title}; {/body}"
                metadata: [/price, {maker: /brand/name}, "id: /id"]
              sink: {topic: embeddings, dead-letter-topic: dead-letters}
              model.directory: /m
            """);
    byte[] value =
        """
        {"title":"Kettle","body":7,"price":12.5,"brand":{"name":"Acme"},"id":3,"more":[]}"""
            .getBytes(StandardCharsets.UTF_8);
    var record = new SourceRecord(new SourcePosition("products", 0, 0), -1, null, value, List.of());

    TextRecord text =
        Objects.requireNonNull(
            EmbedTopicOptions.from(PipelineFile.read(file))
                .source()
                .format()
                .open()
                .decode(record)
                .text());

    assertThat(text.text()).isEqualTo("Kettle; 7");
    assertThat(text.metadata()).isEqualTo(Map.of("price", 12.5, "maker", "Acme", "id", 3L));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/price | {price=12.5}",
        "'cost: /price' | {cost=12.5}",
        "all | {price=12.5, text=Kettle}",
        "[all] | {price=12.5, text=Kettle}",
        "[] | {}",
      },
      quoteCharacter = '`')
  void readsMetadataHoweverItIsWritten(String written, String metadata, @TempDir Path directory)
      throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("pipeline.yaml"),
            """
            streambed:
              source: {bootstrap-servers: "localhost:9092", topic: products, metadata: %s}
              sink: {topic: embeddings, dead-letter-topic: dead-letters}
              model.directory: /m
            """
                .formatted(written));
    byte[] value = "{\"text\":\"Kettle\",\"price\":12.5}".getBytes(StandardCharsets.UTF_8);
    var record = new SourceRecord(new SourcePosition("products", 0, 0), -1, null, value, List.of());

    TextRecord text =
        EmbedTopicOptions.from(PipelineFile.read(file))
            .source()
            .format()
            .open()
            .decode(record)
            .text();

    assertThat(Objects.requireNonNull(text).metadata()).hasToString(metadata);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "text: '{title}' | line 3, column 3: Invalid value '{title}' for option"
            + " streambed.source.text: 'title' is no JSON Pointer",
        "text: {/title} | A template that begins with a brace needs quotes",
        "key: 'id' | Invalid value 'id' for option streambed.source.key: it takes nothing",
        "metadata: [price] | Invalid value '[price]' for option streambed.source.metadata",
        "metadata: [/a/b, /b] | two entries are called 'b'",
        "event-time: updated | it must begin with a slash",
        "key: '{/id}'\\n  key-format: long | line 4, column 3: Invalid value 'long' for option"
            + " streambed.source.key-format: must be absent where streambed.source.key is set",
        "format: plain-text\\n  envelope: debezium | line 4, column 3: Option"
            + " streambed.source.envelope cannot be used with streambed.source.format plain-text,"
            + " whose values have no fields",
        "format: plain-text\\n  prompt: /role | line 4, column 3: Option streambed.source.prompt",
        "metadata: {maker: /brand/name} | line 3, column 14: Unknown option"
            + " streambed.source.metadata.maker. streambed.source.metadata is a list: write [{maker:"
            + " /pointer}], or an entry per line, with a dash before it.",
        "metadata: [all, /a] | all, which is every top-level field with one value, stands alone",
      })
  void refusesAMappingThatIsNone(String line, String message, @TempDir Path directory)
      throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("pipeline.yaml"),
            """
            streambed.sink: {topic: embeddings, dead-letter-topic: dead-letters}
            streambed.source:
              %s
              topic: products
              bootstrap-servers: localhost:9092
            """
                .formatted(line.replace("\\n", "\n")));

    assertThatThrownBy(() -> PipelineFile.read(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatAliasesBlowUp() {
    var yaml = new StringBuilder("streambed.source.kafka: &a0 {a: 1}\n");
    yaml.append("streambed.sink.kafka:\n");
    for (int i = 1; i <= 12; i++) {
      yaml.append("  x%d: &a%d {a: *a%d, b: *a%d, c: *a%d}\n".formatted(i, i, i - 1, i - 1, i - 1));
    }

    assertThatThrownBy(() -> parse(yaml.toString()))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("More than 10000 options, aliases resolved.");
    assertThatThrownBy(() -> parse("a: " + "[".repeat(100_000)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("test.yaml, line 1, column 53: Nested more than 50 deep.");
  }

  @Test
  void saysWhereAValueStandsThatIsOutOfItsRange(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("p.yaml"),
            """
            streambed:
              source: {bootstrap-servers: a:1, topic: texts}
              sink: {topic: embeddings, dead-letter-topic: dead-letters}
              model.directory: m
              batch:
                max-records: 0
            """);

    assertThatThrownBy(() -> PipelineFile.read(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith(
            file
                + ", line 6, column 5: Invalid value 0 for option streambed.batch.max-records: must"
                + " be ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "compresion.type: gzip | Unknown property compresion.type of Kafka's producer",
        "sasl.mechanisms.of.mine: a | Unknown property sasl.mechanisms.of.mine of Kafka's producer",
        "linger.ms: soon | Kafka's producer does not take option streambed.sink.kafka.linger.ms:",
        "flink.disable-metrics: maybe | Invalid value for option streambed.sink.kafka.flink.disable",
        "ssl.key.password: '${vault:a}' | Option streambed.sink.kafka.ssl.key.password refers to",
        "acks: all | Option streambed.sink.kafka.acks cannot be set",
      })
  void saysWhereAPropertyOfKafkaStandsThatNobodyTakes(
      String property, String message, @TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("p.yaml"),
            """
            streambed:
              source: {bootstrap-servers: a:1, topic: texts}
              sink: {topic: embeddings, dead-letter-topic: dead-letters}
              model.directory: m
            streambed.sink.kafka:
              %s
            """
                .formatted(property));

    assertThatThrownBy(() -> PipelineFile.read(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith(file + ", line 6, column 3: " + message);
  }

  @Test
  void takesPathsFromWhereTheFileIs(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("p.yaml"),
            "streambed: {model.directory: models/m, batch.calibration-directory: /c}\n");

    Configuration read = PipelineFile.read(file);

    assertThat(read.get(JobOptions.MODEL_DIRECTORY))
        .isEqualTo(directory.resolve("models/m").toString());
    assertThat(read.get(BatchKeys.CALIBRATION_DIRECTORY)).isEqualTo("/c");
  }

  @Test
  void takesTheUriOfAModelDirectoryAsItIs(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("p.yaml"), "streambed.model.directory: s3://models/nomic\n");

    assertThat(PipelineFile.read(file).get(JobOptions.MODEL_DIRECTORY))
        .isEqualTo("s3://models/nomic");
  }

  @Test
  void readsUtf8WithAByteOrderMarkAndNothingElse(@TempDir Path directory) throws Exception {
    Path marked = directory.resolve("marked.yaml");
    Files.writeString(marked, "\uFEFFstreambed.sink.topic: résumés\r\n");
    Path latin = directory.resolve("latin.yaml");
    Files.writeString(latin, "streambed.sink.topic: résumés\n", StandardCharsets.ISO_8859_1);

    assertThat(PipelineFile.read(marked).get(JobOptions.SINK_TOPIC)).isEqualTo("résumés");
    assertThatThrownBy(() -> PipelineFile.read(latin))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("Cannot read pipeline file %s: it is not UTF-8 at byte 23, in line 1.", latin);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fs.azure.account.key.mine.blob.core.windows.net: hunter2",
        "metrics.reporter.otel.http-headers: 'Authorization: hunter2'",
        "metrics.reporter.x.auth-params: hunter2",
        "metrics.reporter.x.service-key: hunter2",
        "fs.s3a.secret.key: hunter2",
        "s3.secret-key: hunter2",
        "security.ssl.rest.key-password: hunter2",
        "metrics.reporter.influx.url: https://me:hunter2@example.org",
        "env.java.opts.all: -Djavax.net.ssl.trustStorePassword=hunter2",
        "pipeline.global-job-parameters: {password: hunter2}",
        "streambed.source.kafka: {sasl.jaas.config: M required password=hunter2;}",
        "streambed.sink.kafka.ssl.key.password: 42",
        "streambed.sink.bootstrap-servers: sasl://me:hunter2@kafka:9092",
      })
  void refusesSecretsInClearTextOfAllSections(String yaml) {
    assertThatThrownBy(() -> parse(yaml))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("test.yaml, line 1, column ")
        .hasMessageContaining(" holds a secret in clear text.")
        .hasMessageNotContaining("hunter2")
        .hasNoCause();
  }

  @Test
  void saysWhichFileCannotBeRead(@TempDir Path directory) {
    Path missing = directory.resolve("p.yaml");

    assertThatThrownBy(() -> PipelineFile.read(missing))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("Cannot read pipeline file %s: it is not there.", missing);
  }

  @Test
  void readsTheExample() {
    Configuration file = PipelineFile.read(Path.of("src/main/examples/pipeline.yaml"));

    assertThat(EmbedTopicOptions.from(file).source().topics()).isEqualTo(SourceTopics.of("texts"));
    assertThat(file.get(CoreOptions.DEFAULT_PARALLELISM)).isEqualTo(2);
  }

  @Test
  void readsThePipelineFileOfTheSecurityGuide() throws Exception {
    String guide = Files.readString(Path.of("../docs/security.md"));
    int start = guide.indexOf("    streambed:\n");

    Configuration file = parse(guide.substring(start, guide.indexOf("\nwith ", start)));

    assertThat(EmbedTopicOptions.from(file).sink().kafka())
        .isEqualTo(EmbedTopicOptions.from(file).source().kafka())
        .containsEntry("sasl.mechanism", "SCRAM-SHA-512");
  }

  @Test
  void takesTheOptionsThatFlinkReadsUnderNamesOfTheUsersChoice() {
    Configuration file =
        parse(
            """
            metrics.reporter.prom.port: 9249
            external-resource.gpu.amount: 1
            state.backend.rocksdb.memory.managed: true
            pipeline.global-job-parameters: {team: search}
            """);

    assertThat(file.toMap()).hasSize(4);
  }

  private static Configuration parse(String yaml) {
    return PipelineFile.parse(yaml, "test.yaml");
  }
}
