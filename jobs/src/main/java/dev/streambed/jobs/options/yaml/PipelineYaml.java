package dev.streambed.jobs.options.yaml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * The options of a YAML text: nested keys joined with dots, aliases and merge keys resolved. YAML
 * 1.2 as Flink's config.yaml has it, by the same parser. Confined to one thread.
 */
@Internal
public final class PipelineYaml {
  /** No value of an option needs more; aliases could make any number. */
  private static final int MOST_NODES = 10_000;

  private static final int DEEPEST_NESTING = 50;

  private static final int SMALLEST_BUFFER = 1024;

  private static final String MERGE = "<<";

  private final String name;
  private final Map<String, Option> options = new LinkedHashMap<>();
  private final Set<Node> open = new HashSet<>();
  private int nodes;

  private PipelineYaml(String name) {
    this.name = name;
  }

  /**
   * An option as it stands in the file.
   *
   * @param place of the key
   * @param value a scalar or a list
   */
  public record Option(String key, Node value, Place place) {}

  /**
   * Reads the options.
   *
   * @param name of the file, for messages
   * @throws InvalidYamlException with the place, without anything that is in the file but keys
   */
  public static List<Option> read(String yaml, String name) {
    var reading = new PipelineYaml(name);
    reading.compose(yaml).ifPresent(reading::readDocument);
    return List.copyOf(reading.options.values());
  }

  private Optional<Node> compose(String yaml) {
    // The parser moves all that it has read of a scalar or comment for each buffer that it fills.
    LoadSettings settings =
        LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setBufferSize(Math.max(SMALLEST_BUFFER, yaml.length()))
            .build();
    try {
      checkNesting(new Parse(settings).parseString(yaml));
      return new Compose(settings).composeString(yaml);
    } catch (MarkedYamlEngineException e) {
      // Without the cause, which quotes the file and so perhaps a password.
      Optional<Mark> mark =
          e.getProblemMark().isPresent() ? e.getProblemMark() : e.getContextMark();
      throw Place.of(name, mark).error("Not valid YAML: %s.".formatted(YamlProblem.explain(e)));
    } catch (ReaderException e) {
      throw Place.of(name, yaml, e.getPosition())
          .error(
              "Not valid YAML: a control character (U+%04X), which YAML does not allow."
                  .formatted(e.getCodePoint()));
    } catch (YamlEngineException e) {
      throw new Place(name, 0, 0)
          .error("Not a pipeline file: more than 50 aliases of mappings, or more than 3 MB.");
    }
  }

  /** Deeper nesting would overflow the stack of whatever walks through it. */
  private void checkNesting(Iterable<Event> events) {
    int depth = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent && ++depth > DEEPEST_NESTING) {
        throw Place.of(name, event.getStartMark())
            .error("Nested more than %d deep.".formatted(DEEPEST_NESTING));
      }
      if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private void readDocument(Node document) {
    if (document instanceof MappingNode mapping) {
      readMapping(mapping, "");
    } else if (!isNull(document)) {
      throw place(document)
          .error("Not a pipeline file: it must be one mapping of options to values.");
    }
  }

  private void readMapping(MappingNode mapping, String prefix) {
    checkTag(mapping);
    enter(mapping);
    for (Entry entry : entries(mapping)) {
      String key = prefix + entry.key();
      Node value = entry.value();
      count(entry.place());
      if (value instanceof MappingNode section) {
        readMapping(section, key + ".");
      } else {
        checkTags(value);
        Option previous = options.putIfAbsent(key, new Option(key, value, entry.place()));
        if (previous != null) {
          throw entry
              .place()
              .error("Option %s is there twice; first at %s.".formatted(key, previous.place()));
        }
      }
    }
    open.remove(mapping);
  }

  private void enter(MappingNode mapping) {
    if (!open.add(mapping)) {
      throw place(mapping).error("A mapping contains an alias of itself.");
    }
  }

  private record Entry(String key, Node value, Place place) {}

  /**
   * The entries of a mapping and of those that it merges: its own go before, then the first merged.
   */
  private List<Entry> entries(MappingNode mapping) {
    Map<String, Entry> own = new LinkedHashMap<>();
    Map<String, Entry> merges = new HashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      Entry entry = entry(tuple);
      Entry previous = (isMerge(tuple.getKeyNode()) ? merges : own).putIfAbsent(entry.key(), entry);
      if (previous != null) {
        throw entry
            .place()
            .error("Key %s is there twice; first at %s.".formatted(entry.key(), previous.place()));
      }
    }
    Map<String, Entry> merged = new HashMap<>();
    merges.values().forEach(merge -> merge(merge, merged));
    merged.forEach(own::putIfAbsent);
    return new ArrayList<>(own.values());
  }

  private Entry entry(NodeTuple tuple) {
    Place place = place(tuple.getKeyNode());
    if (tuple.getKeyNode() instanceof ScalarNode key && !isNull(key) && !key.getValue().isBlank()) {
      return new Entry(key.getValue(), tuple.getValueNode(), place);
    }
    throw place.error("A key is empty, or not a plain word.");
  }

  private static boolean isMerge(Node key) {
    return key instanceof ScalarNode scalar
        && scalar.getScalarStyle() == ScalarStyle.PLAIN
        && scalar.getValue().equals(MERGE);
  }

  private void merge(Entry merge, Map<String, Entry> merged) {
    List<Node> sources =
        merge.value() instanceof SequenceNode several ? several.getValue() : List.of(merge.value());
    for (Node source : sources) {
      count(merge.place());
      if (!(source instanceof MappingNode mapping)) {
        throw merge
            .place()
            .error("<< merges mappings only: write <<: *name or <<: [*one, *other].");
      }
      enter(mapping);
      for (Entry entry : entries(mapping)) {
        merged.putIfAbsent(entry.key(), new Entry(entry.key(), entry.value(), merge.place()));
      }
      open.remove(mapping);
    }
  }

  private void count(Place place) {
    if (++nodes > MOST_NODES) {
      throw place.error("More than %d options, aliases resolved.".formatted(MOST_NODES));
    }
  }

  private void checkTags(Node value) {
    checkTag(value);
    if (value instanceof SequenceNode list) {
      for (Node item : list.getValue()) {
        count(place(item));
        checkTag(item);
      }
    }
  }

  private void checkTag(Node node) {
    Tag tag = node.getTag();
    boolean isKnown =
        tag.equals(Tag.MAP)
            || tag.equals(Tag.SEQ)
            || tag.equals(Tag.STR)
            || tag.equals(Tag.NULL)
            || tag.equals(Tag.BOOL)
            || tag.equals(Tag.INT)
            || tag.equals(Tag.FLOAT)
            || tag.equals(Tag.ENV_TAG); // text that looks like ${NAME}
    if (!isKnown) {
      throw place(node)
          .error("A tag (!…) that means nothing here. Quote the value if it begins with a '!'.");
    }
  }

  /** True for nothing, ~ and null. */
  public static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private Place place(Node node) {
    return Place.of(name, node.getStartMark());
  }
}
