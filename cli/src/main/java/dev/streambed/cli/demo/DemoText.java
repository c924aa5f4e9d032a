package dev.streambed.cli.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.flink.annotation.Internal;

/**
 * A paragraph of a State of the Union address: docs/decisions/0031-demo-data.md.
 *
 * @param key unique, such as 1962-john-f-kennedy-03
 */
@Internal
public record DemoText(String key, String year, String president, String text) {
  private static final String RESOURCE = "speeches.jsonl.gz";

  /** All paragraphs, by year. */
  public static List<DemoText> readAll() throws IOException {
    try (InputStream resource = DemoText.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IOException("Resource " + RESOURCE + " is missing in the class path.");
      }
      var result = new ArrayList<DemoText>();
      try (JsonParser json = new JsonFactory().createParser(new GZIPInputStream(resource))) {
        while (json.nextToken() == JsonToken.START_OBJECT) {
          result.add(read(json));
        }
      }
      return result;
    }
  }

  /** So many of them, 1 to all, evenly spread over the years. */
  public static <T> List<T> spread(List<T> texts, int count) {
    var result = new ArrayList<T>(count);
    for (int i = 0; i < count; i++) {
      result.add(texts.get((int) ((long) i * texts.size() / count)));
    }
    return result;
  }

  private static DemoText read(JsonParser json) throws IOException {
    Map<String, String> fields = new HashMap<>();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      fields.put(name, json.getText());
    }
    return new DemoText(
        field(fields, "key"),
        field(fields, "year"),
        field(fields, "president"),
        field(fields, "text"));
  }

  private static String field(Map<String, String> fields, String name) throws IOException {
    String value = fields.get(name);
    if (value == null) {
      throw new IOException("A line of " + RESOURCE + " has no " + name + ".");
    }
    return value;
  }
}
