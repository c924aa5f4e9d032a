package dev.streambed.cli.run;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.jobs.options.EmbedTopicOptions;
import java.util.Locale;
import java.util.StringJoiner;
import org.apache.flink.configuration.Configuration;

/** The counts of a running job in words, each with its unit (docs/metrics.md). */
final class CountWords {
  private CountWords() {}

  /** The parts of texts that have embeddings. */
  enum Unit {
    TEXT("texts"),
    CHUNK("chunks");

    private final String words;

    Unit(String words) {
      this.words = words;
    }

    /** As in {@code 10 texts}. */
    String words() {
      return words;
    }

    static Unit of(Configuration pipeline) {
      return EmbedTopicOptions.from(pipeline).chunking() == null ? TEXT : CHUNK;
    }
  }

  /** Counts of the records that are no dead letters: {@code 10 embedded, 2 skipped}. */
  static String withoutDeadLetters(Reading counts, Unit unit) {
    var words = new StringJoiner(", ");
    words.add(
        switch (unit) {
          case TEXT -> String.format(Locale.ROOT, "%,d embedded", counts.embeddings());
          case CHUNK ->
              "%s of %s embedded"
                  .formatted(
                      counted(counts.embeddings(), "chunk"),
                      counted(counts.documents(), "document"));
        });
    if (counts.tombstones() > 0) {
      words.add(
          switch (unit) {
            case TEXT -> counted(counts.tombstones(), "tombstone");
            case CHUNK ->
                "%s of %s deleted"
                    .formatted(
                        counted(counts.tombstones(), "chunk"),
                        counted(counts.deletions(), "document"));
          });
    }
    if (counts.skipped() > 0) {
      words.add(
          switch (unit) {
            case TEXT -> String.format(Locale.ROOT, "%,d skipped", counts.skipped());
            case CHUNK -> counted(counts.skipped(), "record") + " skipped";
          });
    }
    return words.toString();
  }

  /** A number of things: {@code 1 chunk}, {@code 2,000 chunks}. */
  private static String counted(long number, String thing) {
    return String.format(Locale.ROOT, "%,d %s%s", number, thing, number == 1 ? "" : "s");
  }

  /** Which dead letters are in the sink's topic, too. */
  static String withTombstones(Reading counts) {
    return counts.deletionsOfRejected() == 0
        ? ""
        : String.format(
            Locale.ROOT, ", %,d of them with a tombstone", counts.deletionsOfRejected());
  }
}
