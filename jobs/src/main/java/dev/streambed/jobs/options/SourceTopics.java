package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.common.internals.Topic;
import org.jspecify.annotations.Nullable;

/**
 * The topics that a job reads: those of some names, or those that match a pattern, now and later
 * (docs/decisions/0103).
 *
 * @param names sorted, each once; empty if there is a pattern
 * @param pattern a regular expression for whole names; null if there are names
 */
@Internal
public record SourceTopics(List<String> names, @Nullable String pattern) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final ConfigOption<String> TOPICS =
      ConfigOptions.key("streambed.source.topics")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Topics of texts, as a list or separated by commas, in place of one topic"
                  + " (docs/input.md).");

  public static final ConfigOption<String> PATTERN =
      ConfigOptions.key("streambed.source.topic-pattern")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "A regular expression of Java, in place of one topic: the job reads each topic whose"
                  + " whole name matches it, except Kafka's internal ones. A topic that is made later"
                  + " is found within 30 s, as a partition is. It may not match what the job writes.");

  /** Names that Kafka takes for a topic. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");

  /** Names that messages and the name of the job show; there may be hundreds. */
  private static final int SHOWN = 3;

  private static final int DIGEST_DIGITS = 8;

  public SourceTopics {
    names = List.copyOf(new TreeSet<>(names));
  }

  /** One topic or several. */
  public static SourceTopics of(String... names) {
    return new SourceTopics(List.of(names), /* pattern= */ null);
  }

  /** All topics that match a regular expression. */
  public static SourceTopics matching(String pattern) {
    return new SourceTopics(List.of(), pattern);
  }

  /**
   * Reads the options.
   *
   * @throws InvalidPipelineException if there is not exactly one of the three, or it is malformed
   */
  static SourceTopics read(Configuration file) {
    List<ConfigOption<String>> options = List.of(JobOptions.SOURCE_TOPIC, TOPICS, PATTERN);
    List<ConfigOption<String>> set =
        options.stream().filter(option -> file.getOptional(option).isPresent()).toList();
    if (set.size() != 1) {
      throw new InvalidPipelineException(
          "Exactly one of the options %s must be set; found %s."
              .formatted(keys(options), set.isEmpty() ? "none" : keys(set)),
          /* cause= */ null,
          set.isEmpty() ? null : set.get(set.size() - 1).key());
    }
    ConfigOption<String> option = set.get(0);
    String value = file.getOptional(option).orElseThrow();
    return option.equals(PATTERN) ? readPattern(value) : readNames(option, value);
  }

  private static String keys(List<ConfigOption<String>> options) {
    return String.join(", ", options.stream().map(ConfigOption::key).toList());
  }

  private static SourceTopics readNames(ConfigOption<String> option, String value) {
    String[] names =
        option.equals(TOPICS)
            ? Arrays.stream(value.split(",", -1)).map(String::strip).toArray(String[]::new)
            : new String[] {value};
    for (String name : names) {
      check(
          NAME.matcher(name).matches(),
          option,
          name,
          option.equals(TOPICS)
              ? "names of topics, as a list or separated by commas; a regular expression is for "
                  + PATTERN.key()
              : "the name of a topic; several are for %s, a regular expression is for %s"
                  .formatted(TOPICS.key(), PATTERN.key()));
    }
    return of(names);
  }

  private static SourceTopics readPattern(String value) {
    try {
      return matching(Pattern.compile(value).pattern());
    } catch (PatternSyntaxException e) {
      throw new InvalidPipelineException(
          "Invalid value '%s' for option %s: no regular expression of Java: %s near index %d."
              .formatted(value, PATTERN.key(), e.getDescription(), e.getIndex()),
          e,
          PATTERN.key());
    }
  }

  /** Whether the job reads a topic. */
  public boolean include(String topic) {
    return pattern == null
        ? names.contains(topic)
        : Pattern.matches(pattern, topic) && !Topic.isInternal(topic);
  }

  /**
   * Refuses topics that the job writes.
   *
   * @throws InvalidPipelineException if the job would read one
   */
  void checkNoneIsRead(List<String> written) {
    List<String> read = written.stream().filter(this::include).toList();
    if (read.isEmpty()) {
      return;
    }
    if (pattern == null) {
      throw new InvalidPipelineException(
          "Invalid value '%s' for a topic of the sink: must be another topic than the source's, or the job would read what it writes."
              .formatted(read.get(0)),
          /* cause= */ null,
          written.indexOf(read.get(0)) == 0
              ? JobOptions.SINK_TOPIC.key()
              : JobOptions.SINK_DEAD_LETTER_TOPIC.key());
    }
    throw new InvalidPipelineException(
        "Invalid value '%s' for option %s: it matches %s, so the job would read what it writes. To leave that out, set it to '%s'."
            .formatted(pattern, PATTERN.key(), String.join(" and ", read), patternWithout(read)),
        /* cause= */ null,
        PATTERN.key());
  }

  /** The pattern, if there is one, but for some names. */
  public String patternWithout(Collection<String> names) {
    return "(?!(?:%s)$)(?:%s)".formatted(String.join("|", names).replace(".", "\\."), pattern);
  }

  /** Tells these topics from all others; the name if it is one topic. No name has such commas. */
  public String identity() {
    return pattern == null ? String.join(",", names) : "/" + pattern + "/";
  }

  /** As {@link #identity}, but nothing that Kafka's groups and transactional ids do not take. */
  String shortName() {
    if (names.size() == 1) {
      return names.get(0);
    }
    String digest =
        UUID.nameUUIDFromBytes(identity().getBytes(StandardCharsets.UTF_8))
            .toString()
            .substring(0, DIGEST_DIGITS);
    return pattern == null
        ? "%s-and-%d-more-%s".formatted(names.get(0), names.size() - 1, digest)
        : "pattern-" + digest;
  }

  /** For people: the names, or the first of many, or the pattern between slashes. */
  @Override
  public String toString() {
    return names.size() <= SHOWN
        ? pattern == null ? String.join(", ", names) : identity()
        : "%s and %d more"
            .formatted(String.join(", ", names.subList(0, SHOWN)), names.size() - SHOWN);
  }
}
