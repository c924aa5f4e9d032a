package dev.streambed.cli.search;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.query.Nearest.Hit;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Shows what a search found: a line per hit, for people or as JSON. */
final class HitPrinter {
  private static final int SHOWN_CHARACTERS = 140;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8).build();

  /** What a terminal obeys, or does not show. */
  private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+");

  private final PrintStream out;

  HitPrinter(PrintStream out) {
    this.out = out;
  }

  void print(List<Hit<SearchedText>> hits) {
    for (Hit<SearchedText> hit : hits) {
      SearchedText found = hit.item();
      String label = shown(Objects.requireNonNullElse(found.key(), found.place()));
      String text = found.text();
      out.printf(
          Locale.ROOT,
          "%.3f  %s%n",
          hit.score(),
          text == null
              ? "%s (%s; the record has no text)".formatted(label, shown(found.place()))
              : label + ": " + shown(text));
    }
  }

  private static String shown(String text) {
    String line = UNSEEN.matcher(text).replaceAll(" ").strip();
    if (line.length() <= SHOWN_CHARACTERS) {
      return line;
    }
    int end = line.lastIndexOf(' ', SHOWN_CHARACTERS);
    return line.substring(0, end > 0 ? end : SHOWN_CHARACTERS) + " …";
  }

  void printJson(List<Hit<SearchedText>> hits) {
    for (Hit<SearchedText> hit : hits) {
      SearchedText found = hit.item();
      Map<String, @Nullable Object> line = new LinkedHashMap<>();
      line.put("score", hit.score());
      if (found.topic() == null) {
        line.put("line", found.offset());
      } else {
        line.put("key", found.key());
        line.put("topic", found.topic());
        line.put("partition", found.partition());
        line.put("offset", found.offset());
      }
      line.put("text", found.text());
      if (found.topic() != null) {
        line.put("metadata", found.metadata());
      }
      try {
        out.println(JSON.writeValueAsString(line));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("Strings, numbers and lists have a form in JSON.", e);
      }
    }
  }
}
