package dev.streambed.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.cli.run.Outcome.Kind;
import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.ProfileName;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows people what became of records. Texts are shortened, and what cannot be seen of them is
 * escaped, so that no control character reaches the terminal. Headers may hold secrets: their
 * values are not shown.
 */
final class OutcomePrinter {
  private final PrintWriter out;
  private final SinkOptions sink;
  private final Profile profile;
  private final boolean splits;
  private final boolean requiresKey;

  OutcomePrinter(PrintWriter out, EmbedTopicOptions options, Profile profile) {
    this.out = out;
    this.sink = options.sink();
    this.profile = profile;
    this.splits = options.chunking() != null;
    this.requiresKey = options.source().requireKey();
  }

  void print(Outcome outcome) {
    out.println(outcome.source().position());
    line("Kafka key", Shown.quotedOrNone(KeyText.of(outcome.source().key())));
    InputRecord decoded = outcome.decoded();
    TextRecord text = decoded == null ? null : decoded.text();
    List<OutputRecord> written =
        outcome.written().stream().filter(record -> record.value() != null).toList();
    boolean isWhole = written.size() == 1 && written.get(0).partitionKey() == null;
    if (text != null) {
      print(text, isWhole ? value(written.get(0)) : null, written.size());
    }
    if (!outcome.source().headers().isEmpty() && outcome.kind() != Kind.SKIPPED) {
      line("headers", headers(outcome.source().headers()));
    }
    outcome.written().forEach(record -> print(record, text));
    DeadLetter letter = outcome.deadLetter();
    if (letter != null) {
      line(
          Kind.DEAD_LETTER,
          "%s, reason %s: %s".formatted(letter.stage(), letter.reason(), letter.message()));
      if (hasTombstone(outcome) && !splits) {
        line("and", "a tombstone, which deletes the embedding under the Kafka key");
      }
    } else if (outcome.kind() == Kind.TOMBSTONE) {
      line(
          Kind.TOMBSTONE,
          splits
              ? "deletes the chunks under the Kafka key that the job has written"
              : "deletes the embedding under the Kafka key");
    } else if (outcome.kind() == Kind.SKIPPED) {
      line(Kind.SKIPPED, "tells about the source, not about a text; nothing is written");
    }
  }

  /** Shows an embedding, or the tombstone of a chunk. */
  private void print(OutputRecord written, @Nullable TextRecord text) {
    byte[] value = written.value();
    boolean isChunk = written.partitionKey() != null;
    if (value == null) {
      if (isChunk) {
        line("deleted", "the chunk " + Shown.quotedOrNone(KeyText.of(written.key())));
      }
      return;
    }
    JsonNode embedding = value(written);
    if (isChunk) {
      line("chunk", Shown.quotedOrNone(KeyText.of(written.key())) + place(embedding, text));
    } else if (profile.makesKeys()) {
      line("written key", Shown.quotedOrNone(KeyText.of(written.key())));
    }
    line(
        Kind.EMBEDDING,
        "%s of %s: %s"
            .formatted(
                counted(value.length, "byte"), form(), Shown.json(Shown.shortened(embedding))));
  }

  private JsonNode value(OutputRecord written) {
    return Shown.tree(profile.json(Objects.requireNonNull(written.value())));
  }

  /** Where a chunk lies in its document, and what it has, as far as the profile tells. */
  private String place(JsonNode embedding, @Nullable TextRecord document) {
    JsonNode chunk = embedding.get("chunk");
    JsonNode start = chunk == null ? found(embedding, "chunk_start") : chunk.get("startChar");
    JsonNode end = chunk == null ? found(embedding, "chunk_end") : chunk.get("endChar");
    JsonNode tokens = found(embedding, "tokens");
    if (document == null || start == null || end == null || tokens == null) {
      return "";
    }
    int characters = document.text().codePointCount(start.intValue(), end.intValue());
    return String.format(
        Locale.ROOT,
        ", from %,d to %,d: %s, %s",
        start.intValue(),
        end.intValue(),
        counted(characters, "character"),
        counted(tokens.longValue(), "token"));
  }

  void printCounts(List<Outcome> outcomes) {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    outcomes.forEach(outcome -> counts.merge(outcome.kind(), 1, Integer::sum));
    long withTombstone = outcomes.stream().filter(this::hasTombstone).count();
    long deleted = outcomes.stream().mapToLong(Outcome::deletedChunks).sum();
    out.printf(
        Locale.ROOT,
        "Records %,d: %s, tombstones %,d%s, dead letters %,d%s, skipped %,d. Nothing was written.%n",
        outcomes.size(),
        embeddings(outcomes),
        counts.getOrDefault(Kind.TOMBSTONE, 0),
        deleted == 0 ? "" : String.format(Locale.ROOT, " (deleted chunks %,d)", deleted),
        counts.getOrDefault(Kind.DEAD_LETTER, 0),
        withTombstone == 0
            ? ""
            : String.format(Locale.ROOT, " (with a tombstone %,d)", withTombstone),
        counts.getOrDefault(Kind.SKIPPED, 0));
  }

  private String embeddings(List<Outcome> outcomes) {
    long embeddings = outcomes.stream().mapToLong(Outcome::embeddings).sum();
    long documents = outcomes.stream().filter(outcome -> outcome.embeddings() > 0).count();
    return splits
        ? "%s of %s".formatted(counted(embeddings, "chunk"), counted(documents, "document"))
        : String.format(Locale.ROOT, "embeddings %,d", embeddings);
  }

  /** The format of the written bytes. */
  private String form() {
    ProfileName name = sink.profile().name();
    if (name == ProfileName.CANONICAL) {
      return sink.format().toString();
    }
    return sink.format() == EmbeddingFormat.JSON
        ? name.toString()
        : "%s in %s".formatted(name, sink.format());
  }

  /** Whether a dead letter leaves the job together with a tombstone, or those of its chunks. */
  private boolean hasTombstone(Outcome outcome) {
    byte[] key = outcome.source().key();
    if (outcome.kind() != Kind.DEAD_LETTER
        || sink.onRejected() == RejectedPolicy.KEEP
        || key == null) {
      return false;
    }
    return splits ? outcome.deletedChunks() > 0 : key.length > 0 || !requiresKey;
  }

  /** Names and sizes of those that are passed on, and of those that are not. */
  private String headers(List<RecordHeader> all) {
    List<RecordHeader> passedOn = sink.headers().of(all);
    List<RecordHeader> leftOut = all.stream().filter(it -> !passedOn.contains(it)).toList();
    String words = passedOn.isEmpty() ? "none" : named(passedOn);
    return leftOut.isEmpty() ? words : words + "; left out: " + named(leftOut);
  }

  private static String named(List<RecordHeader> headers) {
    return headers.stream()
        .map(
            header -> {
              byte[] value = header.value();
              return Shown.quotedOrNone(header.key())
                  + (value == null ? " null" : " " + counted(value.length, "byte"));
            })
        .collect(Collectors.joining(", "));
  }

  /** A number of things: {@code 1 byte}, {@code 2,000 bytes}. */
  private static String counted(long number, String thing) {
    return String.format(Locale.ROOT, "%,d %s%s", number, thing, number == 1 ? "" : "s");
  }

  /**
   * Shows the text that a record was decoded to.
   *
   * @param embedding of the whole text; null if there is none
   * @param written how many embeddings the record has
   */
  private void print(TextRecord text, @Nullable JsonNode embedding, int written) {
    line("key", Shown.quotedOrNone(text.key()));
    line("text", Shown.quotedOrNone(text.text()));
    String characters = counted(text.text().codePointCount(0, text.text().length()), "character");
    JsonNode tokens = found(embedding, "tokens");
    if (tokens != null) {
      line(
          "",
          "%s, %s, %s"
              .formatted(
                  characters,
                  counted(tokens.longValue(), "token"),
                  isTrue(found(embedding, "truncated")) ? "truncated" : "not truncated"));
    } else {
      boolean hasChunks = splits && written > 0;
      line("", hasChunks ? characters + ", " + counted(written, "chunk") : characters);
    }
    line("metadata", text.metadata().isEmpty() ? "none" : Shown.json(text.metadata()));
    long time = text.eventTimeMillis();
    line("event time", time == TextRecord.NO_EVENT_TIME ? "none" : Instant.ofEpochMilli(time));
  }

  /** A field of the record; null if there is none, or the profile calls it otherwise. */
  private @Nullable JsonNode found(@Nullable JsonNode embedding, String field) {
    if (embedding == null) {
      return null;
    }
    return sink.profile().name() == ProfileName.CANONICAL
        ? embedding.get(field)
        : embedding.findValue("streambed_" + field);
  }

  private static boolean isTrue(@Nullable JsonNode value) {
    return value != null && value.booleanValue();
  }

  private void line(Object name, Object value) {
    out.println(Shown.line(String.format(Locale.ROOT, "  %-11s %s", name, value)));
  }
}
