package dev.streambed.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.run.CountWords.Unit;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountWordsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2796 | 0 | 0 | 2,796 embedded",
        "0 | 1 | 0 | 0 embedded, 1 tombstone",
        "1 | 1000 | 3 | 1 embedded, 1,000 tombstones, 3 skipped",
        "1 | 0 | 3 | 1 embedded, 3 skipped",
      })
  void countsWhatWasWritten(long embeddings, long tombstones, long skipped, String words) {
    var counts =
        new Reading(
            Map.of("embeddings", embeddings, "tombstones", tombstones, "skipped", skipped), 0, 0);

    assertThat(CountWords.withoutDeadLetters(counts, Unit.TEXT)).isEqualTo(words);
  }

  @Test
  void tellsChunksFromTheirDocuments() {
    var counts =
        new Reading(
            Map.of(
                "embeddings",
                1500L,
                "documents",
                1L,
                "tombstones",
                7L,
                "deletions",
                2L,
                "skipped",
                1L),
            0,
            0);
    var one = new Reading(Map.of("embeddings", 1L, "documents", 1L), 0, 0);

    assertThat(CountWords.withoutDeadLetters(counts, Unit.CHUNK))
        .isEqualTo(
            "1,500 chunks of 1 document embedded, 7 chunks of 2 documents deleted, 1 record skipped");
    assertThat(CountWords.withoutDeadLetters(one, Unit.CHUNK))
        .isEqualTo("1 chunk of 1 document embedded");
  }

  @Test
  void countsEachRecordOnce() {
    var counts =
        new Reading(
            Map.of(
                "embeddings",
                5L,
                "tombstones",
                5L,
                "tombstonesOfRejected",
                4L,
                "deletions",
                3L,
                "deletionsOfRejected",
                2L),
            0,
            0);

    assertThat(CountWords.withoutDeadLetters(counts, Unit.TEXT))
        .isEqualTo("5 embedded, 1 tombstone");
    assertThat(CountWords.withTombstones(counts)).isEqualTo(", 2 of them with a tombstone");
    assertThat(CountWords.withTombstones(new Reading(Map.of(), 0, 0))).isEmpty();
  }
}
