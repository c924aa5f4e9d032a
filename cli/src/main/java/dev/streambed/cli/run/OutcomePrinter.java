package dev.streambed.cli.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.streambed.cli.run.Outcome.Kind;
import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.ProfileName;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows people what became of records. Texts are shortened, and what cannot be seen of them is
 * escaped, so that no control character reaches the terminal. Headers may hold secrets: their
 * values are not shown.
 */
final class OutcomePrinter {
  /** Characters that are shown of a longer text. */
  private static final int SHOWN_CHARACTERS = 200;

  /**
   * Most elements of an array of the output; a longer one, such as most vectors, is shown by its
   * length.
   */
  private static final int SHOWN_ELEMENTS = 16;

  /**
   * Characters that a terminal obeys, such as controls and changes of direction, or does not show,
   * such as characters of no width, fillers and tags. JSON escapes some of it.
   */
  private static final Pattern UNSEEN =
      Pattern.compile(
          "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u2800\\u3164\\uFFA0]");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PrintWriter out;
  private final SinkOptions sink;
  private final Profile profile;

  OutcomePrinter(PrintWriter out, SinkOptions sink, Profile profile) {
    this.out = out;
    this.sink = sink;
    this.profile = profile;
  }

  void print(Outcome outcome) {
    out.println(outcome.source().position());
    line("Kafka key", quotedOrNone(KeyText.of(outcome.source().key())));
    InputRecord decoded = outcome.decoded();
    TextRecord text = decoded == null ? null : decoded.text();
    OutputRecord written = outcome.embedding();
    byte[] value = written == null ? null : written.value();
    JsonNode embedding = value == null ? null : tree(profile.json(value));
    if (text != null) {
      print(text, embedding);
    }
    if (!outcome.source().headers().isEmpty() && outcome.kind() != Kind.SKIPPED) {
      line("headers", headers(outcome.source().headers()));
    }
    DeadLetter letter = outcome.deadLetter();
    if (letter != null) {
      line(
          Kind.DEAD_LETTER,
          "%s, reason %s: %s".formatted(letter.stage(), letter.reason(), letter.message()));
      if (hasTombstone(outcome)) {
        line("and", "a tombstone, which deletes the embedding under the Kafka key");
      }
    } else if (written != null && value != null) {
      if (profile.makesKeys()) {
        line("written key", quotedOrNone(KeyText.of(written.key())));
      }
      line(
          Kind.EMBEDDING,
          "%s of %s: %s"
              .formatted(
                  counted(value.length, "byte"),
                  form(),
                  json(shortened(Objects.requireNonNull(embedding)))));
    } else if (decoded != null) {
      line(Kind.TOMBSTONE, "deletes the embedding under the Kafka key");
    } else {
      line(Kind.SKIPPED, "tells about the source, not about a text; nothing is written");
    }
  }

  void printCounts(List<Outcome> outcomes) {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    outcomes.forEach(outcome -> counts.merge(outcome.kind(), 1, Integer::sum));
    long withTombstone = outcomes.stream().filter(this::hasTombstone).count();
    out.printf(
        Locale.ROOT,
        "Records %,d: embeddings %,d, tombstones %,d, dead letters %,d%s, skipped %,d. Nothing was written.%n",
        outcomes.size(),
        counts.getOrDefault(Kind.EMBEDDING, 0),
        counts.getOrDefault(Kind.TOMBSTONE, 0),
        counts.getOrDefault(Kind.DEAD_LETTER, 0),
        withTombstone == 0 ? "" : " (with a tombstone %,d)".formatted(withTombstone),
        counts.getOrDefault(Kind.SKIPPED, 0));
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

  /** Whether a dead letter leaves the job together with a tombstone. */
  private boolean hasTombstone(Outcome outcome) {
    return outcome.kind() == Kind.DEAD_LETTER
        && sink.onRejected() == RejectedPolicy.TOMBSTONE
        && outcome.source().key() != null;
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
              return quotedOrNone(header.key())
                  + (value == null ? " null" : " " + counted(value.length, "byte"));
            })
        .collect(Collectors.joining(", "));
  }

  /** A number of things: {@code 1 byte}, {@code 2,000 bytes}. */
  private static String counted(long number, String thing) {
    return String.format(Locale.ROOT, "%,d %s%s", number, thing, number == 1 ? "" : "s");
  }

  private void print(TextRecord text, @Nullable JsonNode embedding) {
    line("key", quotedOrNone(text.key()));
    line("text", quotedOrNone(text.text()));
    String characters = counted(text.text().codePointCount(0, text.text().length()), "character");
    JsonNode tokens = found(embedding, "tokens");
    line(
        "",
        tokens == null
            ? characters
            : "%s, %s, %s"
                .formatted(
                    characters,
                    counted(tokens.longValue(), "token"),
                    isTrue(found(embedding, "truncated")) ? "truncated" : "not truncated"));
    line(
        "metadata",
        text.metadata().isEmpty() ? "none" : json(shortened(JSON.valueToTree(text.metadata()))));
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

  private static JsonNode tree(byte[] embedding) {
    try {
      return JSON.readTree(embedding);
    } catch (IOException e) {
      throw new IllegalStateException("An embedding is no JSON.", e);
    }
  }

  private static JsonNode shortened(JsonNode node) {
    if (node.isTextual()) {
      return TextNode.valueOf(shortened(node.textValue()));
    }
    if (node instanceof ArrayNode array) {
      if (array.size() > SHOWN_ELEMENTS) {
        return TextNode.valueOf("[%d elements]".formatted(array.size()));
      }
      ArrayNode shorter = JSON.createArrayNode();
      array.forEach(element -> shorter.add(shortened(element)));
      return shorter;
    }
    if (node instanceof ObjectNode object) {
      ObjectNode shorter = JSON.createObjectNode();
      object
          .properties()
          .forEach(field -> shorter.set(field.getKey(), shortened(field.getValue())));
      return shorter;
    }
    return node;
  }

  private static String shortened(String text) {
    boolean isLong = text.codePointCount(0, text.length()) > SHOWN_CHARACTERS;
    return isLong ? text.substring(0, text.offsetByCodePoints(0, SHOWN_CHARACTERS)) + "…" : text;
  }

  private static String quotedOrNone(@Nullable String text) {
    return text == null ? "none" : json(TextNode.valueOf(shortened(text)));
  }

  private static String json(JsonNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree is no JSON.", e);
    }
  }

  private void line(Object name, Object value) {
    String line = String.format(Locale.ROOT, "  %-11s %s", name, value);
    out.println(
        UNSEEN.matcher(line).replaceAll(match -> Matcher.quoteReplacement(escaped(match.group()))));
  }

  /** As in JSON, in which a character beyond U+FFFF is two. */
  private static String escaped(String character) {
    return character.equals("\n")
        ? "\\n"
        : character.chars().mapToObj("\\u%04X"::formatted).collect(Collectors.joining());
  }
}
