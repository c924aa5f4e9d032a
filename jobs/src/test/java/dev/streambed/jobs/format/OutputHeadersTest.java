package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.streambed.schemas.RecordHeader;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OutputHeadersTest {
  private static final List<RecordHeader> OTHERS =
      headers("traceparent", "__key_schema_id", "__KeyTypeId__", "ce_id", "apicurio.key.globalId");

  private static final List<RecordHeader> OF_THE_VALUE =
      headers(
          "content-type",
          "Content-Type",
          "contentType",
          "content-encoding",
          "__TypeId__",
          "__ContentTypeId__",
          "__value_schema_id",
          "schema_id",
          "value.schema.id",
          "x-schema-version-id",
          "apicurio.value.globalId",
          "ce_dataschema");

  @Test
  void leavesOutWhatDescribesTheOldValue() {
    assertThat(OutputHeaders.DEFAULT.of(OTHERS)).isSameAs(OTHERS);
    assertThat(OutputHeaders.DEFAULT.of(OF_THE_VALUE)).isEmpty();
    assertThat(
            OutputHeaders.DEFAULT.of(
                Stream.concat(OF_THE_VALUE.stream(), OTHERS.stream()).toList()))
        .isEqualTo(OTHERS);
  }

  @Test
  void passesOnWhatIsAskedFor() {
    List<RecordHeader> twice = headers("a", "b", "a", "content-type");

    assertThat(OutputHeaders.parse(List.of("all")).of(OF_THE_VALUE)).isSameAs(OF_THE_VALUE);
    assertThat(OutputHeaders.parse(List.of("none")).of(OTHERS)).isEmpty();
    assertThat(OutputHeaders.parse(List.of("content-type", "a")).of(twice))
        .extracting(RecordHeader::key)
        .containsExactly("a", "a", "content-type");
  }

  @Test
  void refusesWordsBesideNames() {
    for (List<String> entries :
        List.of(List.<String>of(), List.of("all", "a"), List.of("none", "all"))) {
      assertThatIllegalArgumentException().isThrownBy(() -> OutputHeaders.parse(entries));
    }
  }

  private static List<RecordHeader> headers(String... names) {
    return Stream.of(names).map(name -> new RecordHeader(name, new byte[] {1})).toList();
  }
}
