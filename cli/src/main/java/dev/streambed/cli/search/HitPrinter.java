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
  private static final int SHOWN_OF_KEY = 60;
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
      String label = shown(Objects.requireNonNullElse(found.label(), found.place()), SHOWN_OF_KEY);
      String text = found.text();
      out.printf(
          Locale.ROOT,
          "%.3f  %s%n",
          hit.score(),
          text == null
              ? "%s (%s; the record has no text)"
                  .formatted(label, shown(found.place(), SHOWN_CHARACTERS))
              : label + ": " + shown(text, SHOWN_CHARACTERS));
    }
  }

  /** The beginning, up to a word; not inside of a pair of surrogates. */
  private static String shown(String text, int most) {
    String line = UNSEEN.matcher(text).replaceAll(" ").strip();
    if (line.length() <= most) {
      return line;
    }
    int word = line.lastIndexOf(' ', most);
    int end = Character.isLowSurrogate(line.charAt(most)) ? most - 1 : most;
    return line.substring(0, word > 0 ? word : end) + " …";
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
