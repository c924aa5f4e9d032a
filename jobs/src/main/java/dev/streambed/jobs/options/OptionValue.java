package dev.streambed.jobs.options;

import dev.streambed.jobs.options.flink.OptionType;
import dev.streambed.jobs.options.yaml.PipelineYaml;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.flink.configuration.YamlParserUtils;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads the value of an option in a pipeline file, as the text that Flink's {@code Configuration}
 * takes. Options of Flink mean what they mean in its config.yaml, where 0x10 and 16 are one number;
 * texts of Streambed and of Kafka's clients are taken as they are written (docs/decisions/0087).
 */
final class OptionValue {

  private OptionValue() {}

  /**
   * The value as text.
   *
   * @param replace what to make of each text, such as resolving its references
   * @throws InvalidPipelineException if the option takes no such value; without quoting it
   */
  static String text(String key, Node value, UnaryOperator<String> replace) {
    if (!(value instanceof SequenceNode list)) {
      Object scalar = scalar(key, value, replace);
      return scalar instanceof String text ? text : YamlParserUtils.toYAMLString(scalar);
    }
    List<Object> items = new ArrayList<>();
    for (Node item : list.getValue()) {
      items.add(
          item instanceof MappingNode pair
              ? entry(key, pair, replace)
              : scalar(key, item, replace));
    }
    if (KnownOptions.isListWithCommas(key)) {
      return String.join(",", items.stream().map(String::valueOf).toList());
    }
    if (!KnownOptions.isList(key)) {
      throw new InvalidPipelineException(
          "Invalid value for option %s: found a list; it takes %s."
              .formatted(key, KnownOptions.isMap(key) ? OptionType.MAP.words() : "one value"));
    }
    return YamlParserUtils.toYAMLString(items);
  }

  /** An element such as {@code price: /product/price}, which YAML takes for a mapping. */
  private static String entry(String key, MappingNode pair, UnaryOperator<String> replace) {
    if (pair.getValue().size() != 1 || !KnownOptions.isOwn(key)) {
      throw new InvalidPipelineException(
          "Invalid value for option %s: its list has something other than plain values."
              .formatted(key));
    }
    NodeTuple entry = pair.getValue().get(0);
    return scalar(key, entry.getKeyNode(), replace)
        + ": "
        + scalar(key, entry.getValueNode(), replace);
  }

  private static Object scalar(String key, Node value, UnaryOperator<String> replace) {
    if (!(value instanceof ScalarNode scalar)) {
      throw new InvalidPipelineException(
          "Invalid value for option %s: its list has something other than plain values."
              .formatted(key));
    }
    String text = scalar.getValue();
    Tag tag = value.getTag();
    boolean isTyped = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT) || tag.equals(Tag.BOOL);
    Object found =
        isTyped && !KnownOptions.isTakenAsWritten(key)
            ? YamlParserUtils.convertToObject(text, Object.class)
            : replace.apply(text);
    if (PipelineYaml.isNull(value) || (found.equals("") && !KnownOptions.mayBeEmpty(key))) {
      throw new InvalidPipelineException(
          "Option %s has no value. Give it one, or remove it.".formatted(key));
    }
    return found;
  }
}
