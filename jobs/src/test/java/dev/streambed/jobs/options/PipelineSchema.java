package dev.streambed.jobs.options;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.jobs.options.flink.FlinkOptions;
import dev.streambed.jobs.options.flink.OptionType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/**
 * The JSON Schema of a pipeline file, for editors, as docs/pipeline.schema.json has it. It knows
 * the keys, nested and with dots, and the forms of values; whether they fit together only the job
 * knows. It refuses nothing that {@link PipelineFile} takes. Draft 7 is the newest that
 * yaml-language-server promises to support.
 */
final class PipelineSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** An option, a section, or both: Flink has pipeline.operator-chaining and …chaining.enabled. */
  private static final class Part {
    final Map<String, Part> parts = new LinkedHashMap<>();

    /** Null if it is no option. */
    @Nullable ObjectNode value;

    /** The values of names of the user's choice in it; null if it takes none. */
    @Nullable ObjectNode others;

    /** The names of Kafka in it, which have dots. */
    Map<String, ObjectNode> names = Map.of();
  }

  private final Part root = new Part();
  private final Map<String, ObjectNode> definitions = new TreeMap<>();

  private PipelineSchema() {}

  /** The schema, a line per definition. */
  static String json() {
    var schema = new PipelineSchema();
    schema.addOptions();
    schema.define("", schema.root, /* others= */ null);
    schema.definitions.putAll(SchemaValues.definitions());
    return schema.print();
  }

  private void addOptions() {
    for (ConfigOption<?> option : JobOptions.all()) {
      part(option.key()).value = SchemaValues.value(option.key(), option);
    }
    addKafka(
        JobOptions.SOURCE_KAFKA,
        SchemaValues.ofKafka(
            JobOptions.SOURCE_KAFKA, ConsumerConfig.configDef(), SourceOptions.RESERVED));
    addKafka(
        JobOptions.SINK_KAFKA,
        SchemaValues.ofKafka(
            JobOptions.SINK_KAFKA, ProducerConfig.configDef(), SinkOptions.RESERVED));
    for (ConfigOption<?> map : List.of(ProfileKeys.FIELDS, ProfileKeys.METADATA_TYPES)) {
      part(map.key()).others = SchemaValues.reference(SchemaValues.TEXT);
    }
    FlinkOptions.ALL.forEach(
        (key, option) -> {
          if (!key.contains("<")) { // stands for a name of the user's choice
            Part part = part(key);
            part.value = SchemaValues.value(key, option);
            part.others = OptionType.of(option) == OptionType.MAP ? JSON.objectNode() : null;
          }
        });
    for (String prefix : FlinkOptions.PREFIXES) {
      part(prefix.substring(0, prefix.length() - 1)).others = JSON.objectNode();
    }
  }

  private void addKafka(ConfigOption<?> option, Map<String, ObjectNode> names) {
    Part part = part(option.key());
    part.names = names;
    part.others = SchemaValues.reference(SchemaValues.KAFKA);
  }

  private Part part(String key) {
    Part part = root;
    for (String word : key.split("\\.", -1)) {
      part = part.parts.computeIfAbsent(word, ignored -> new Part());
    }
    return part;
  }

  /**
   * Adds the definitions of what is in a part.
   *
   * @param others the values of other names than those that are known; null if it takes none
   */
  private void define(String prefix, Part whole, @Nullable ObjectNode others) {
    whole.parts.forEach(
        (word, part) -> {
          String path = prefix + word;
          ObjectNode othersInIt = part.others == null ? others : part.others;
          define(path + ".", part, othersInIt);
          ObjectNode section = section(path + ".", part, othersInIt);
          if (part.value != null && (part.others != null || !part.parts.isEmpty())) {
            part.value.withArray("anyOf").insert(0, section);
          }
          definitions.put(path, Objects.requireNonNullElse(part.value, section));
        });
  }

  private static ObjectNode section(String prefix, Part part, @Nullable ObjectNode others) {
    ObjectNode section = JSON.objectNode().put("type", "object");
    ObjectNode properties = section.putObject("properties");
    ObjectNode patterns = JSON.objectNode();
    addParts(properties, patterns, "", prefix, part);
    part.names.forEach(properties::set);
    if (!patterns.isEmpty()) {
      section.set("patternProperties", patterns);
    }
    return section.set(
        "additionalProperties", others == null ? JSON.booleanNode(false) : others.deepCopy());
  }

  private static void addParts(
      ObjectNode properties, ObjectNode patterns, String written, String prefix, Part whole) {
    whole.parts.forEach(
        (word, part) -> {
          String key = written + word;
          properties.set(key, SchemaValues.reference(prefix + key));
          if (part.others != null) {
            patterns.set("^" + (key + ".").replace(".", "\\."), part.others.deepCopy());
          }
          addParts(properties, patterns, key + ".", prefix, part);
        });
  }

  private String print() {
    List<String> lines = new ArrayList<>();
    lines.add(line("$schema", JSON.textNode("http://json-schema.org/draft-07/schema#")));
    lines.add(line("title", JSON.textNode("A pipeline file of Streambed")));
    section("", root, /* others= */ null)
        .properties()
        .forEach(field -> lines.add(line(field.getKey(), field.getValue())));
    List<String> inner = new ArrayList<>();
    definitions.forEach((name, definition) -> inner.add(line(name, definition)));
    lines.add("\"definitions\": {\n" + String.join(",\n", inner) + "\n}");
    return "{\n" + String.join(",\n", lines) + "\n}\n";
  }

  private static String line(String name, JsonNode value) {
    return "\"" + name + "\": " + value;
  }
}
