package dev.streambed.sql.index;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** The options of a table with the connector {@code streambed-index}. */
final class IndexKeys {
  /** Before the names of properties of Kafka's consumer, as in Flink's own Kafka connector. */
  static final String PROPERTIES = "properties.";

  static final ConfigOption<String> TOPIC =
      ConfigOptions.key("topic")
          .stringType()
          .noDefaultValue()
          .withDescription("The topic of embeddings, which must exist.");

  static final ConfigOption<String> BOOTSTRAP_SERVERS =
      ConfigOptions.key(PROPERTIES + "bootstrap.servers")
          .stringType()
          .noDefaultValue()
          .withDescription("Addresses of Kafka. Other properties of its consumer likewise.");

  static final ConfigOption<String> SPACE =
      ConfigOptions.key("space")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Address of the space that the searched vectors must be of; records of another are left"
                  + " out, and counted. If absent: that of the first record, and the query fails at"
                  + " a record of another.");

  static final ConfigOption<Integer> EXACT_BELOW =
      ConfigOptions.key("exact-below")
          .intType()
          .defaultValue(IndexSettings.DEFAULT.exactBelow())
          .withDescription(
              "With fewer vectors than this, a query is compared with each of them: the result is"
                  + " exact. With more, the HNSW graph finds the candidates.");

  static final ConfigOption<Integer> CANDIDATES =
      ConfigOptions.key("candidates")
          .intType()
          .defaultValue(IndexSettings.DEFAULT.candidates())
          .withDescription(
              "Candidates that the HNSW graph gives for a query: more are nearer to exact, and"
                  + " slower. At least as many as the query asks for are taken.");

  static final ConfigOption<Integer> MAX_CONNECTIONS =
      ConfigOptions.key("hnsw.max-connections")
          .intType()
          .defaultValue(IndexSettings.DEFAULT.maxConnections())
          .withDescription("Neighbours of a vector in the HNSW graph (M), 2 to 512.");

  static final ConfigOption<Integer> BEAM_WIDTH =
      ConfigOptions.key("hnsw.beam-width")
          .intType()
          .defaultValue(IndexSettings.DEFAULT.beamWidth())
          .withDescription(
              "Candidates when a vector is added to the HNSW graph (efConstruction), 1 to 3200.");

  static final ConfigOption<MemorySize> BUFFER_SIZE =
      ConfigOptions.key("buffer-size")
          .memoryType()
          .noDefaultValue()
          .withDescription(
              "Heap that each task may take for vectors which are not in a graph yet, 16 mb to 1 gb."
                  + " Queries look into each graph: the larger the buffer, the fewer graphs, and the"
                  + " faster a query. If absent: an eighth of the JVM's heap, within 16 mb and 512 mb.");

  static final ConfigOption<Duration> REFRESH_INTERVAL =
      ConfigOptions.key("refresh-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(1))
          .withDescription(
              "How long a record that was read may wait until queries see it, at least 100 ms.");

  private IndexKeys() {}

  static Set<ConfigOption<?>> required() {
    Set<ConfigOption<?>> options = new LinkedHashSet<>();
    options.add(TOPIC);
    options.add(BOOTSTRAP_SERVERS);
    return options;
  }

  /** Those that need not be set, in the order in which they are documented. */
  static Set<ConfigOption<?>> optional() {
    Set<ConfigOption<?>> options = new LinkedHashSet<>();
    options.add(SPACE);
    options.add(EXACT_BELOW);
    options.add(CANDIDATES);
    options.add(MAX_CONNECTIONS);
    options.add(BEAM_WIDTH);
    options.add(BUFFER_SIZE);
    options.add(REFRESH_INTERVAL);
    return options;
  }
}
