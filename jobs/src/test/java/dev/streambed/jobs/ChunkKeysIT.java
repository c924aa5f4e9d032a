package dev.streambed.jobs;

import static dev.streambed.jobs.ChunksIT.json;
import static dev.streambed.jobs.ChunksIT.run;
import static dev.streambed.jobs.ChunksIT.sentences;
import static dev.streambed.jobs.ChunksIT.string;
import static dev.streambed.jobs.Samples.source;
import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.jobs.EmbedTopicJobIT.Written;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.profile.ProfileName;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The keys of chunks and of their tombstones in each profile, with a real session. */
class ChunkKeysIT {
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void hasTheIdOfEachProfile(ProfileName profile) throws Exception {
    Written written =
        run(
            List.of(source(0, "a", json(sentences(1, 2), null)), source(1, "a", null)),
            "streambed.sink.profile",
            profile.toString());

    assertThat(written.deadLetters()).isEmpty();
    List<OutputRecord> records = written.embeddings();
    assertThat(records).hasSize(4);
    assertThat(records.get(2).key()).isEqualTo(records.get(0).key());
    assertThat(records.get(3).key()).isEqualTo(records.get(1).key());
    assertThat(records.get(0).key()).isNotEqualTo(records.get(1).key());
    assertThat(records.get(2).value()).isNull();
    for (OutputRecord record : records) {
      assertThat(record.partitionKey()).isEqualTo(records.get(0).partitionKey());
    }
    JsonNode value = new ObjectMapper().readTree(records.get(1).value());
    assertThat(value.findValue("streambed_chunk_index").asInt()).isEqualTo(1);
    assertThat(value.findValue("streambed_document").asText()).isEqualTo("a");
    if (profile == ProfileName.ELASTICSEARCH || profile == ProfileName.FLAT) {
      assertThat(value.get("id").asText()).isEqualTo("a#1");
      assertThat(string(records.get(1).key())).isEqualTo("a#1");
    }
  }

  /** The Kafka key says nothing then. */
  @ParameterizedTest
  @EnumSource
  void deletesChunksThatAreLeftOverOfAKeyInTheValue(ProfileName profile) throws Exception {
    Written written =
        run(
            List.of(
                source(0, "k", utf8("{\"id\":\"a\",\"text\":\"" + sentences(1, 2, 3) + "\"}")),
                source(1, "k", utf8("{\"id\":\"a\",\"text\":\"" + sentences(4) + "\"}"))),
            "streambed.sink.profile",
            profile.toString(),
            "streambed.source.text",
            "{/text}",
            "streambed.source.key",
            "{/id}");

    assertThat(written.deadLetters()).isEmpty();
    List<OutputRecord> records = written.embeddings();
    assertThat(records).hasSize(6);
    assertThat(records.subList(3, 6))
        .extracting(record -> string(record.key()))
        .containsExactly(
            string(records.get(0).key()),
            string(records.get(1).key()),
            string(records.get(2).key()));
    assertThat(records.get(4).value()).isNull();
    assertThat(records.get(5).value()).isNull();
  }
}
