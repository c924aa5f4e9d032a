package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceDocumentsTest {
  private static final String[] KEY_IN_VALUE = {
    "streambed.source.text", "{/text}",
    "streambed.source.key", "{/id}",
    "streambed.sink.profile", "connect-json"
  };

  @Test
  void aDocumentIsWhatHasOneKafkaKey() throws Exception {
    SourceDocuments documents = documents();

    assertThat(documents.key(input(1, "a", "{\"text\":\"x\"}")))
        .isEqualTo(documents.key(input(2, "a", "{\"text\":\"y\"}")))
        .isEqualTo(documents.key(input(3, "a", null)))
        .isNotEqualTo(documents.key(input(4, "b", "{\"text\":\"x\"}")));
    assertThat(documents.isDocument(input(1, "a", null))).isTrue();
  }

  @Test
  void recordsWithoutAKeyStayWithTheirPartitionAndAreNoDocuments() throws Exception {
    SourceDocuments documents = documents();

    assertThat(documents.key(input(1, null, "{\"text\":\"x\"}")))
        .isEqualTo(documents.key(input(2, null, "{\"text\":\"y\"}")))
        .isEqualTo("partition texts-0")
        .isNotEqualTo(documents.key(input(3, "partition texts-0", "{\"text\":\"x\"}")));
    assertThat(documents.isDocument(input(1, null, "{\"text\":\"x\"}"))).isFalse();
  }

  @Test
  void aDocumentIsWhatHasOneKeyInItsValueIfItsStoreHasThatKey() throws Exception {
    SourceDocuments documents = documents(KEY_IN_VALUE);

    assertThat(documents.key(input(1, "k", "{\"id\":\"a\",\"text\":\"x\"}")))
        .isEqualTo(documents.key(input(2, null, "{\"id\":\"a\",\"text\":\"y\"}")))
        .isNotEqualTo(documents.key(input(3, "k", "{\"id\":\"b\",\"text\":\"x\"}")));
    assertThat(documents.isDocument(input(2, null, "{\"id\":\"a\",\"text\":\"y\"}"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "streambed-force, true, true",
    "streambed-force, TRUE, true",
    "streambed-force, false, false",
    "streambed-force, , false",
    "trace, true, false"
  })
  void aHeaderForces(String name, @Nullable String value, boolean forces) throws Exception {
    var record =
        new SourceRecord(
            new SourcePosition("texts", 0, 1),
            1,
            utf8("a"),
            utf8("x"),
            List.of(new RecordHeader(name, utf8(value))));

    assertThat(documents().isForced(new InputRecord(record, null))).isEqualTo(forces);
  }

  @Test
  void decodesWhatComesFromAnotherTask() throws Exception {
    SourceDocuments documents = documents();

    InputRecord prepared = documents.prepared(input(1, "a", "{\"text\":\"x\"}"));

    assertThat(prepared.text()).isNotNull();
    assertThat(documents.prepared(prepared)).isSameAs(prepared);
    assertThat(documents.prepared(input(2, "a", "{")).text()).isNull();
    assertThat(documents.prepared(input(3, "a", null)).text()).isNull();
  }

  private static SourceDocuments documents(String... settings) throws Exception {
    EmbedTopicOptions options = EmbedTopicOptions.from(Options.with(settings));
    SinkOptions sink = options.sink();
    var documents =
        new SourceDocuments(
            new Encoding.Target(
                options.source().format(),
                Samples.MODEL,
                new Form(
                    sink.openProfile(List.of()),
                    sink.includeText(),
                    sink.onRejected(),
                    sink.headers()),
                () -> TopicLimits.of(Map.of(), sink)),
            /* written= */ null);
    return InstantiationUtil.clone(documents); // as Flink sends it to the tasks
  }

  private static InputRecord input(long offset, @Nullable String key, @Nullable String value) {
    return new InputRecord(source(offset, key, utf8(value)), null);
  }
}
