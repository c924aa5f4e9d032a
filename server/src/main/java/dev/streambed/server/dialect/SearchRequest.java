package dev.streambed.server.dialect;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.streambed.query.MetadataFilter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A search of the page, as its body says.
 *
 * @param prompt name of the prompt, not compared with those of the model; null if none was named
 * @param top most hits, 1 to 100
 * @param filters all of them must hold
 */
@API(status = API.Status.INTERNAL)
public record SearchRequest(
    Input.Text query, @Nullable String prompt, int top, List<MetadataFilter> filters) {
  private static final int DEFAULT_TOP = 20;
  private static final int MOST_HITS = 100;
  private static final int MOST_FILTERS = 20;

  public SearchRequest {
    filters = List.copyOf(filters);
  }

  /**
   * Reads the body of a search.
   *
   * @throws RequestException if it is none
   */
  public static SearchRequest parse(byte[] body, InputLimits limits) {
    var fields = new Fields();
    EmbedRequest request = new RequestParser("query", limits, fields::read).parse(body);
    if (request.inputs().size() != 1 || !(request.inputs().get(0) instanceof Input.Text query)) {
      throw RequestException.invalid("query", "'query' must be a text.");
    }
    return new SearchRequest(query, fields.prompt, fields.top, fields.filters);
  }

  /** The fields that only a search has, as far as they were read. */
  private static final class Fields {
    private @Nullable String prompt;
    private int top = DEFAULT_TOP;
    private final List<MetadataFilter> filters = new ArrayList<>();

    boolean read(String field, JsonParser json) throws IOException {
      switch (field) {
        case "prompt" -> prompt = RequestParser.string(json, field);
        case "top" -> top = top(json);
        case "filters" -> readFilters(json);
        default -> {
          return false;
        }
      }
      return true;
    }

    private static int top(JsonParser json) throws IOException {
      if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
          && json.getNumberType() == JsonParser.NumberType.INT
          && json.getIntValue() >= 1
          && json.getIntValue() <= MOST_HITS) {
        return json.getIntValue();
      }
      throw RequestException.invalid(
          "top", "'top' must be a number between 1 and %d.".formatted(MOST_HITS));
    }

    private void readFilters(JsonParser json) throws IOException {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        throw noFilters();
      }
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() != JsonToken.START_OBJECT || filters.size() == MOST_FILTERS) {
          throw noFilters();
        }
        filters.add(filter(json));
      }
    }

    private static MetadataFilter filter(JsonParser json) throws IOException {
      String name = null;
      String value = null;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        if (json.nextToken() != JsonToken.VALUE_STRING) {
          throw noFilters();
        }
        switch (field) {
          case "name" -> name = json.getText();
          case "value" -> value = json.getText();
          default -> throw noFilters();
        }
      }
      if (name == null || value == null) {
        throw noFilters();
      }
      return new MetadataFilter(name, value);
    }

    private static RequestException noFilters() {
      return RequestException.invalid(
          "filters",
          "'filters' must be a list of at most %d objects with a text 'name' and a text 'value'."
              .formatted(MOST_FILTERS));
    }
  }
}
