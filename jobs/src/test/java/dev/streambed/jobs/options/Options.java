package dev.streambed.jobs.options;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;

/** Configurations for tests. */
public final class Options {

  private Options() {}

  /** The smallest valid configuration with more options, as key and value in turn. */
  public static Configuration with(String... keysAndValues) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("streambed.source.bootstrap-servers", "localhost:9092");
    options.put("streambed.source.topic", "texts");
    options.put("streambed.sink.topic", "embeddings");
    options.put("streambed.sink.dead-letter-topic", "dead-letters");
    options.put("streambed.model.directory", "/models/m");
    for (int i = 0; i < keysAndValues.length; i += 2) {
      options.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return Configuration.fromMap(options);
  }
}
