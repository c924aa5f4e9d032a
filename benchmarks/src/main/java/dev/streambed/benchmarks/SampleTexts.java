package dev.streambed.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.cli.KafkaBroker;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** The demo's texts in their own order: paragraphs of speeches, of very mixed lengths. */
final class SampleTexts {
  private static final String RESOURCE = "speeches.jsonl.gz";

  private SampleTexts() {}

  /**
   * Some of the texts, evenly spread over all, each on one line.
   *
   * @param count at least 1; texts repeat if there are not as many
   */
  static List<String> spread(int count) throws IOException {
    List<String> all = readAll();
    List<String> chosen = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      chosen.add(
          count <= all.size()
              ? all.get((int) ((long) i * all.size() / count))
              : all.get(i % all.size()));
    }
    return chosen;
  }

  private static List<String> readAll() throws IOException {
    try (InputStream resource = KafkaBroker.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IOException("Resource " + RESOURCE + " of streambed-cli is missing.");
      }
      Set<String> texts = new LinkedHashSet<>(); // equal ones are embedded once
      MappingIterator<JsonNode> lines =
          new ObjectMapper().readerFor(JsonNode.class).readValues(new GZIPInputStream(resource));
      while (lines.hasNext()) {
        texts.add(lines.next().required("text").asText().replaceAll("\\R", " "));
      }
      return List.copyOf(texts);
    }
  }
}
