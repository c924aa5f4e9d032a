package dev.streambed.importer.nomic.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.embedder.InvalidModelException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Parses and checks the JSON header of a safetensors file. */
final class SafetensorsHeader {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .reader();

  private static final int MAX_AXES = 8; // no tensor of any known model has more

  /**
   * The place of one tensor.
   *
   * @param begin first byte, counted from the start of the data
   * @param length bytes
   */
  record Entry(ElementType type, List<Long> shape, long begin, long length) {
    Entry {
      shape = List.copyOf(shape);
    }
  }

  private final Path file;
  private final long dataBytes;

  private SafetensorsHeader(Path file, long dataBytes) {
    this.file = file;
    this.dataBytes = dataBytes;
  }

  /** Entries by name; they are known to cover the data without gap or overlap. */
  static Map<String, Entry> parse(Path file, byte[] header, long dataBytes) {
    var parser = new SafetensorsHeader(file, dataBytes);
    Map<String, Entry> entries = new TreeMap<>();
    JsonNode root = parser.json(header);
    for (Map.Entry<String, JsonNode> member : root.properties()) {
      if (!member.getKey().equals("__metadata__")) {
        entries.put(member.getKey(), parser.entry(member.getKey(), member.getValue()));
      }
    }
    parser.checkCoverage(entries);
    return entries;
  }

  private JsonNode json(byte[] header) {
    JsonNode root;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString();
      root = JSON.readTree(text);
    } catch (CharacterCodingException e) {
      throw new InvalidModelException("The header of " + file + " is not UTF-8.", e);
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(
          "The header of " + file + " is not JSON: " + e.getOriginalMessage(), e);
    }
    if (!root.isObject()) {
      throw new InvalidModelException("The header of " + file + " is not a JSON object.");
    }
    return root;
  }

  private Entry entry(String name, JsonNode node) {
    if (!node.isObject() || node.size() != 3) {
      throw broken(name, "must have exactly dtype, shape and data_offsets");
    }
    ElementType type = type(name, node.path("dtype"));
    List<Long> shape = integers(name, "shape", node.path("shape"));
    List<Long> offsets = integers(name, "data_offsets", node.path("data_offsets"));
    if (offsets.size() != 2) {
      throw broken(name, "has " + offsets.size() + " data_offsets, not 2");
    }
    long begin = offsets.get(0);
    long end = offsets.get(1);
    if (begin > end || end > dataBytes) {
      throw broken(
          name,
          "has data_offsets %d to %d, outside the %d bytes of data"
              .formatted(begin, end, dataBytes));
    }
    checkLength(name, type, shape, end - begin);
    return new Entry(type, shape, begin, end - begin);
  }

  private ElementType type(String name, JsonNode node) {
    for (ElementType type : ElementType.values()) {
      if (node.isTextual() && node.textValue().equals(type.name())) {
        return type;
      }
    }
    throw broken(
        name, "has dtype " + shortened(node) + "; known: " + Arrays.toString(ElementType.values()));
  }

  private List<Long> integers(String name, String key, JsonNode node) {
    if (!node.isArray() || node.size() > MAX_AXES) {
      throw broken(name, "has " + key + " " + shortened(node) + ", not a short array of integers");
    }
    List<Long> values = new ArrayList<>();
    for (JsonNode value : node) {
      if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
        throw broken(name, "has " + shortened(value) + " in " + key + ", not a size");
      }
      values.add(value.longValue());
    }
    return values;
  }

  private void checkLength(String name, ElementType type, List<Long> shape, long found) {
    long expected = type.bytes();
    try {
      for (long size : shape) {
        expected = Math.multiplyExact(expected, size);
      }
    } catch (ArithmeticException e) {
      throw new InvalidModelException(
          "Tensor %s of %s has shape %s: more elements than any file holds."
              .formatted(name, file, shape),
          e);
    }
    if (expected != found) {
      throw broken(
          name,
          "has shape %s of %s: %d bytes, but %d are given".formatted(shape, type, expected, found));
    }
    if (expected > Integer.MAX_VALUE) {
      throw broken(
          name, "has %d bytes; at most %d are supported".formatted(expected, Integer.MAX_VALUE));
    }
  }

  /**
   * Sorted by place, each tensor must begin where the one before it ends, the last at the end of
   * the file.
   */
  private void checkCoverage(Map<String, Entry> entries) {
    List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
    byPlace.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().length()));
    long covered = 0;
    for (Map.Entry<String, Entry> next : byPlace) {
      if (next.getValue().begin() < covered) {
        throw broken(
            next.getKey(), "overlaps the tensor before it at byte " + next.getValue().begin());
      }
      if (next.getValue().begin() > covered) {
        throw broken(
            next.getKey(),
            "begins at byte %d; bytes from %d on belong to no tensor"
                .formatted(next.getValue().begin(), covered));
      }
      covered += next.getValue().length();
    }
    if (covered != dataBytes) {
      throw new InvalidModelException(
          "%s holds %d bytes of data, but its tensors cover %d."
              .formatted(file, dataBytes, covered));
    }
  }

  private InvalidModelException broken(String tensor, String what) {
    return new InvalidModelException(
        "Tensor %s of %s %s.".formatted(shortened(tensor), file, what));
  }

  private static String shortened(JsonNode node) {
    return node.isMissingNode() ? "missing" : shortened(node.toString());
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }
}
