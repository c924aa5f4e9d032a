package dev.streambed.cli.serve;

import dev.streambed.cli.kafka.KafkaAccess;
import dev.streambed.server.page.PageOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The topic that the page of {@code streambed serve} shows. */
final class PageTopicOptions {
  /** Those that Kafka allows. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "show this topic of embeddings on a page, as it changes, and search in it")
  private @Nullable String topic;

  @Option(
      names = "--dead-letter-topic",
      paramLabel = "TOPIC",
      description = "show these dead letters on the page, too")
  private @Nullable String deadLetterTopic;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      description = "the Kafka of --topic")
  private @Nullable String bootstrapServers;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description =
          "properties of Kafka's clients, for TLS and logins; values may be references, as in pipeline files"
              + " (docs/security.md)")
  private @Nullable Path kafkaConfig;

  @Option(
      names = "--max-records",
      paramLabel = "N",
      description =
          "most embeddings of --topic that are held, the newest; they take a third of the memory of the process at"
              + " most (default: 100000)")
  private @Nullable Integer maxRecords;

  /**
   * The topic; empty if there is to be no page.
   *
   * @throws IllegalArgumentException if options are missing, or out of their range
   */
  Optional<PageOptions> topic() {
    if (topic == null) {
      if (deadLetterTopic != null
          || bootstrapServers != null
          || kafkaConfig != null
          || maxRecords != null) {
        throw new IllegalArgumentException(
            "--dead-letter-topic, --bootstrap-servers, --kafka-config and --max-records are for the page of a topic; give --topic.");
      }
      return Optional.empty();
    }
    requireName("--topic", topic);
    if (deadLetterTopic != null) {
      requireName("--dead-letter-topic", deadLetterTopic);
    }
    int most = maxRecords == null ? PageOptions.DEFAULT_MAX_RECORDS : maxRecords;
    PageOptions.MAX_RECORDS.require("--max-records", most);
    KafkaAccess kafka = KafkaAccess.of(bootstrapServers, kafkaConfig);
    if (!kafka.hasServers()) {
      throw new IllegalArgumentException("--topic needs --bootstrap-servers.");
    }
    return Optional.of(new PageOptions(topic, deadLetterTopic, kafka.properties(), most));
  }

  private static void requireName(String option, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "Invalid value '%s' for %s: must be a name that Kafka allows: letters, digits, '.', '_' and '-', at most 249."
              .formatted(name, option));
    }
  }
}
