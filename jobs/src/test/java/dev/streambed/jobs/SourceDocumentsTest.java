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

  /** Of another schema version, the same key in Avro has other bytes, too. */
  @Test
  void aDocumentIsWhatHasOneIdWhereKeysAreMadeOfIds() throws Exception {
    SourceDocuments ids =
        documents("streambed.source.key-format", "json", "streambed.sink.profile", "connect-json");
    SourceDocuments bytes = documents("streambed.source.key-format", "json");
    InputRecord narrow = input(1, "{\"id\":1}", "{\"text\":\"x\"}");
    InputRecord wide = input(2, "{ \"id\": 1 }", null);

    assertThat(ids.key(narrow)).isEqualTo(ids.key(wide)).isEqualTo("id {\"id\":1}");
    assertThat(ids.key(input(3, "{\"id\":2}", null))).isNotEqualTo(ids.key(narrow));
    assertThat(ids.key(input(4, "no JSON", null))).isEqualTo("key no JSON");
    assertThat(bytes.key(narrow)).isNotEqualTo(bytes.key(wide));
  }

  /** Text is one key in one form; it stays as it was in the state of running jobs. */
  @Test
  void aKeyThatIsTextIsTheDocument() throws Exception {
    SourceDocuments documents = documents("streambed.sink.profile", "connect-json");

    assertThat(documents.key(input(1, "a", null))).isEqualTo("key a");
  }

  @Test
  void whatDoesNotDecodeDeletesNothing() throws Exception {
    SourceDocuments documents = documents();

    assertThat(documents.isDeletion(input(1, "a", null))).isTrue();
    assertThat(documents.isDeletion(input(2, "a", "{"))).isFalse();
    assertThat(documents.isDeletion(documents.prepared(input(2, "a", "{")))).isFalse();
  }

  @Test
  void whatDecidesWhetherATextIsRejectedIsASetting() throws Exception {
    String spaces = Samples.MODEL.space().toString();
    SourceDocuments rejecting = documents("streambed.chunking.mode", "reject");
    SourceDocuments earlier =
        documents("streambed.chunking.mode", "reject", "streambed.chunking.max-tokens", "12");

    assertThat(documents().settings()).isEqualTo(spaces);
    assertThat(List.of(spaces, rejecting.settings(), earlier.settings())).doesNotHaveDuplicates();
  }

  /** What is known of it was written while more characters were allowed. */
  @Test
  void aTextThatIsTooLongByNowIsNotTakenForWritten() throws Exception {
    SourceDocuments documents = documents("streambed.model.max-characters", "3");

    assertThat(documents.isForced(documents.prepared(input(1, "a", "{\"text\":\"xxxx\"}"))))
        .isTrue();
    assertThat(documents.isForced(documents.prepared(input(1, "a", "{\"text\":\"xxx\"}"))))
        .isFalse();
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
            options.embedder(),
            /* written= */ null,
            /* unknownTopic= */ null);
    return InstantiationUtil.clone(documents); // as Flink sends it to the tasks
  }

  private static InputRecord input(long offset, @Nullable String key, @Nullable String value) {
    return new InputRecord(source(offset, key, utf8(value)), null);
  }
}
