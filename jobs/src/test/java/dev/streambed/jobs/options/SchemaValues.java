package dev.streambed.jobs.options;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.jobs.options.flink.FlinkOptions;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.TimeUtils;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/** The forms of the values of a pipeline file, for {@link PipelineSchema}. */
final class SchemaValues {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  static final String TEXT = "type.text";
  private static final String TEXT_OR_NOTHING = "type.text-or-nothing";
  private static final String OF_KAFKA = "type.text-of-kafka";

  /** Any value of a property of Kafka's clients. */
  static final String KAFKA = "type.kafka";

  private static final String REFERENCE = "type.reference";

  private static final Map<Class<?>, String> TYPES =
      Map.of(
          Boolean.class, "type.boolean",
          Integer.class, "type.integer",
          Long.class, "type.integer",
          Float.class, "type.number",
          Double.class, "type.number",
          Duration.class, "type.duration",
          MemorySize.class, "type.size");

  private static final String RESOLVED =
      "\\$\\{(?:" + String.join("|", References.providers()) + "):[^}]*\\}";

  private static final String DURATION_UNITS =
      "d|days?|h|hours?|min|m|minutes?|s|secs?|seconds?|ms|millis?|milliseconds?|µs|micros?|microseconds?|ns|nanos?|nanoseconds?";

  private static final String SIZE_UNITS =
      "b|bytes|k|kb|kibibytes|m|mb|mebibytes|g|gb|gibibytes|t|tb|tebibytes";

  private SchemaValues() {}

  /** The definitions that values refer to. */
  static Map<String, ObjectNode> definitions() {
    Map<String, ObjectNode> types = new TreeMap<>();
    types.put(
        "type.boolean", anyOf(type("boolean"), written(anyCase("true|false"), "true or false")));
    types.put("type.integer", anyOf(type("integer"), written("[+-]?[0-9]+", "a whole number")));
    types.put(
        "type.number",
        anyOf(type("number"), written("[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?", "a number")));
    types.put(
        "type.duration",
        anyOf(
            type("integer").put("minimum", 0),
            written(
                "\\s*(?:[0-9]+\\s*(?:" + anyCase(DURATION_UNITS) + ")?|[Pp][0-9DdTtHhMmSs.]+)\\s*",
                "a duration, such as 10 s, 15 min or 500 ms")));
    types.put(
        "type.size",
        anyOf(
            type("integer").put("minimum", 0),
            written(
                "\\s*[0-9]+\\s*(?:" + anyCase(SIZE_UNITS) + ")?\\s*",
                "a size, such as 512 kb, 1 mb or 2 gb")));
    types.put(TEXT, text(RESOLVED, "+"));
    types.put(TEXT_OR_NOTHING, text(RESOLVED, "*"));
    types.put(OF_KAFKA, text("\\$\\{[^}]*:[^}]*\\}", "*"));
    ObjectNode nested = type("object").set("additionalProperties", reference(KAFKA));
    types.put(KAFKA, anyOf(anyOf(reference(OF_KAFKA), listOf(OF_KAFKA)), nested));
    types.put(REFERENCE, type("string").put("pattern", RESOLVED));
    return types;
  }

  static ObjectNode reference(String definition) {
    return JSON.objectNode().put("$ref", "#/definitions/" + definition);
  }

  /** The value of an option of Streambed or of Flink. */
  static ObjectNode value(String key, ConfigOption<?> option) {
    ObjectNode value = JSON.objectNode();
    if (!option.key().equals(key)) {
      value.put("description", "An older name of " + option.key());
    } else if (KnownOptions.isOwn(key) || FlinkOptions.isOfJobs(key)) {
      value.put("description", plain(OptionsTable.description(option)));
    }
    JsonNode normally = normally(option.defaultValue());
    if (normally != null) {
      value.set("default", normally);
    }
    ArrayNode forms = value.putArray("anyOf");
    Class<?> type = (Class<?>) asked(option, "getClazz");
    if ((boolean) asked(option, "isList") || KnownOptions.isListWithCommas(key)) {
      forms.add(list(key)).add(reference(TEXT));
    } else if (type.isEnum()) {
      addConstants(forms, type);
      forms.add(reference(REFERENCE));
    } else if (TYPES.containsKey(type)) {
      forms.add(reference(TYPES.get(type))).add(reference(REFERENCE));
    } else {
      forms.add(reference(KnownOptions.mayBeEmpty(key) ? TEXT_OR_NOTHING : TEXT));
    }
    return value;
  }

  /**
   * The properties of one of Kafka's clients.
   *
   * @param reserved those that the job sets itself, and the option that is there instead
   */
  static Map<String, ObjectNode> ofKafka(
      ConfigOption<?> section, ConfigDef known, Map<String, String> reserved) {
    Map<String, ObjectNode> values = new TreeMap<>();
    for (String name : known.names()) {
      boolean isList = KnownOptions.isListWithCommas(section.key() + "." + name);
      values.put(name, isList ? anyOf(reference(OF_KAFKA), listOf(OF_KAFKA)) : reference(OF_KAFKA));
    }
    reserved.forEach(
        (name, option) ->
            values.put(
                name,
                JSON.objectNode()
                    .put(
                        "description",
                        option.isEmpty() ? "The job sets it itself." : "Use " + option + ".")
                    .set("not", JSON.objectNode())));
    return values;
  }

  private static ObjectNode list(String key) {
    if (!KnownOptions.isOwn(key) || KnownOptions.isListWithCommas(key)) {
      return listOf(TEXT);
    }
    ObjectNode entry = type("object").put("minProperties", 1).put("maxProperties", 1);
    entry.set("additionalProperties", reference(TEXT));
    return type("array").set("items", anyOf(reference(TEXT), entry));
  }

  private static ObjectNode listOf(String definition) {
    return type("array").set("items", reference(definition));
  }

  private static void addConstants(ArrayNode forms, Class<?> type) {
    StringBuilder names = new StringBuilder();
    ArrayNode constants = forms.addObject().putArray("enum");
    for (Object constant : type.getEnumConstants()) {
      constants.add(constant.toString());
      names.append(names.isEmpty() ? "" : "|").append(constant);
    }
    forms.add(written(anyCase(names.toString()), names.toString().replace("|", ", ")));
  }

  private static @Nullable JsonNode normally(@Nullable Object value) {
    if (value == null || value instanceof Map || value instanceof List) {
      return null;
    }
    if (value instanceof Duration duration) {
      return JSON.textNode(TimeUtils.formatWithHighestUnit(duration));
    }
    if (value instanceof Boolean bool) {
      return JSON.booleanNode(bool);
    }
    return value instanceof Integer || value instanceof Long
        ? JSON.numberNode(((Number) value).longValue())
        : JSON.textNode(value.toString());
  }

  /** Any scalar: characters matter, not its type. */
  private static ObjectNode text(String reference, String quantifier) {
    ObjectNode text = JSON.objectNode();
    text.putArray("type").add("string").add("number").add("boolean");
    return text.put("pattern", "^(?:[^$]|\\$(?!\\{)|" + reference + ")" + quantifier + "$")
        .put(
            "patternErrorMessage",
            "A ${ begins a reference, such as ${env:NAME} or ${file:/path/of.properties:key}.");
  }

  private static ObjectNode written(String pattern, String expected) {
    return type("string")
        .put("pattern", "^(?:" + pattern + ")$")
        .put("patternErrorMessage", "Must be " + expected + ".");
  }

  private static ObjectNode type(String name) {
    return JSON.objectNode().put("type", name);
  }

  private static ObjectNode anyOf(ObjectNode one, ObjectNode other) {
    ObjectNode both = JSON.objectNode();
    both.putArray("anyOf").add(one).add(other);
    return both;
  }

  /** A pattern of letters in upper and lower case. */
  private static String anyCase(String words) {
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      String letter = String.valueOf(c);
      pattern.append(
          isLetter
              ? "[" + letter.toUpperCase(Locale.ROOT) + letter.toLowerCase(Locale.ROOT) + "]"
              : letter);
    }
    return pattern.toString();
  }

  private static String plain(String html) {
    return html.replaceAll("<[^<>]*>", " ").replaceAll("\\s+", " ").strip();
  }

  /** The part of an option that Flink keeps to itself. */
  private static Object asked(ConfigOption<?> option, String question) {
    try {
      Method method = ConfigOption.class.getDeclaredMethod(question);
      method.setAccessible(true);
      return method.invoke(option);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot ask an option of Flink for " + question + ".", e);
    }
  }
}
