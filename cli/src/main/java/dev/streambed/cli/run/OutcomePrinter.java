package dev.streambed.cli.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.streambed.cli.run.Outcome.Kind;
import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.profile.ProfileName;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Shows people what became of records. Texts are shortened, and none of their control characters
 * reaches the terminal.
 */
final class OutcomePrinter {
  /** Of a text that is longer. */
  private static final int SHOWN_CHARACTERS = 200;

  /** Of an array of the output; a longer one, such as most vectors, is shown by its length. */
  private static final int SHOWN_ELEMENTS = 16;

  /** What a terminal obeys: controls, line ends, changes of direction. JSON escapes some of it. */
  private static final Pattern CONTROLS =
      Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PrintWriter out;
  private final SinkOptions sink;

  OutcomePrinter(PrintWriter out, SinkOptions sink) {
    this.out = out;
    this.sink = sink;
  }

  void print(Outcome outcome) {
    out.println(outcome.source().position());
    line("Kafka key", quotedOrNone(KeyText.of(outcome.source().key())));
    InputRecord decoded = outcome.decoded();
    TextRecord text = decoded == null ? null : decoded.text();
    OutputRecord written = outcome.embedding();
    byte[] value = written == null ? null : written.value();
    boolean isCanonical = sink.profile().name() == ProfileName.CANONICAL;
    EmbeddingRecord embedding = value == null || !isCanonical ? null : sink.format().decode(value);
    if (text != null) {
      print(text, embedding);
    }
    DeadLetter letter = outcome.deadLetter();
    if (letter != null) {
      line(
          Kind.DEAD_LETTER,
          "%s, reason %s: %s".formatted(letter.stage(), letter.reason(), letter.message()));
      if (sink.onRejected() == RejectedPolicy.TOMBSTONE && outcome.source().key() != null) {
        line("and", "a tombstone, which deletes the embedding under the Kafka key");
      }
    } else if (written != null && value != null) {
      if (sink.profile().name().makesKeys()) {
        line("written key", quotedOrNone(KeyText.of(written.key())));
      }
      line(
          Kind.EMBEDDING,
          String.format(
              Locale.ROOT,
              "%,d bytes of %s: %s",
              value.length,
              isCanonical ? sink.format() : sink.profile().name(),
              shown(embedding == null ? value : EmbeddingRecordCodec.encodeJson(embedding))));
    } else if (decoded != null) {
      line(Kind.TOMBSTONE, "deletes the embedding under the Kafka key");
    } else {
      line(Kind.SKIPPED, "tells about the source, not about a text; nothing is written");
    }
  }

  void printCounts(List<Outcome> outcomes) {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    outcomes.forEach(outcome -> counts.merge(outcome.kind(), 1, Integer::sum));
    out.printf(
        Locale.ROOT,
        "Records %,d: embeddings %,d, tombstones %,d, dead letters %,d, skipped %,d. Nothing was written.%n",
        outcomes.size(),
        counts.getOrDefault(Kind.EMBEDDING, 0),
        counts.getOrDefault(Kind.TOMBSTONE, 0),
        counts.getOrDefault(Kind.DEAD_LETTER, 0),
        counts.getOrDefault(Kind.SKIPPED, 0));
  }

  private void print(TextRecord text, @Nullable EmbeddingRecord embedding) {
    line("key", quotedOrNone(text.key()));
    line("text", quotedOrNone(text.text()));
    long characters = text.text().codePointCount(0, text.text().length());
    line(
        "",
        embedding == null
            ? String.format(Locale.ROOT, "%,d characters", characters)
            : String.format(
                Locale.ROOT,
                "%,d characters, %,d tokens, %s",
                characters,
                embedding.provenance().tokens(),
                embedding.provenance().truncated() ? "truncated" : "not truncated"));
    line(
        "metadata",
        text.metadata().isEmpty() ? "none" : json(shortened(JSON.valueToTree(text.metadata()))));
    long time = text.eventTimeMillis();
    line("event time", time == TextRecord.NO_EVENT_TIME ? "none" : Instant.ofEpochMilli(time));
  }

  /** An embedding in JSON; long texts and arrays are shortened. */
  private static String shown(byte[] embedding) {
    try {
      return json(shortened(JSON.readTree(embedding)));
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
        CONTROLS
            .matcher(line)
            .replaceAll(
                match ->
                    match.group().equals("\n")
                        ? "\\\\n"
                        : "\\\\u%04X".formatted((int) match.group().charAt(0))));
  }
}
