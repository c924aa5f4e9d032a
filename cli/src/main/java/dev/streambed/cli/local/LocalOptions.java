package dev.streambed.cli.local;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/** Checks the options of a pipeline file that are for a {@link LocalCluster}, not for its job. */
final class LocalOptions {
  private static final String FACTORY = ".factory.class";

  private static final List<String> REPORTERS = List.of("metrics.reporter.", "traces.reporter.");

  /** Options for folders of files that are gone when Flink ends. */
  private static final List<ConfigOption<String>> TEMPORARY =
      List.of(CoreOptions.TMP_DIRS, WebOptions.TMP_DIR, WebOptions.UPLOAD_DIR);

  private static final List<ConfigOption<String>> KEPT =
      List.of(CheckpointingOptions.CHECKPOINTS_DIRECTORY, CheckpointingOptions.SAVEPOINT_DIRECTORY);

  /** In bytes; more than a full file system still takes in its own reserve. */
  private static final int TRIAL_BYTES = 64 << 10;

  private LocalOptions() {}

  /**
   * Refuses options that would have no effect, and directories that cannot be written.
   *
   * @throws CommandFailedException naming the option
   */
  static void check(Configuration options) {
    checkEffect(options);
    for (ConfigOption<String> option : KEPT) {
      options.getOptional(option).ifPresent(path -> checkWritable(option.key(), path));
    }
  }

  /**
   * Refuses options that would have no effect.
   *
   * @throws CommandFailedException naming the option
   */
  static void checkEffect(Configuration options) {
    for (ConfigOption<String> option : TEMPORARY) {
      if (options.contains(option)) {
        throw new CommandFailedException(
            "Option %s has no effect here: temporary files go where java.io.tmpdir says. Remove it, and set STREAMBED_JAVA_OPTS=-Djava.io.tmpdir=DIRECTORY."
                .formatted(option.key()));
      }
    }
    for (Map.Entry<String, String> option : options.toMap().entrySet()) {
      String key = option.getKey();
      if (key.endsWith(FACTORY) && REPORTERS.stream().anyMatch(key::startsWith)) {
        checkReporter(key, option.getValue());
      }
    }
  }

  /** Flink would find out at the first checkpoint, and restart the job for ever. */
  private static void checkWritable(String key, String directory) {
    try {
      var path = new Path(directory);
      FileSystem files = path.getFileSystem();
      files.mkdirs(path);
      var trial = new Path(path, ".writable-" + UUID.randomUUID());
      try (FSDataOutputStream out = files.create(trial, FileSystem.WriteMode.NO_OVERWRITE)) {
        out.write(new byte[TRIAL_BYTES]);
      } finally {
        files.delete(trial, /* recursive= */ false);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailedException(
          "Cannot write to %s (option %s): %s".formatted(directory, key, e.getMessage()), e);
    }
  }

  /** Flink would only log that there is none. */
  private static void checkReporter(String key, String factory) {
    try {
      Class.forName(factory, /* initialize= */ false, LocalOptions.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new CommandFailedException(
          "Option %s names a reporter that is not part of this command: %s. There is org.apache.flink.metrics.prometheus.PrometheusReporterFactory; others need a cluster of your own."
              .formatted(key, factory),
          e);
    }
  }

  /** The port of the web UI: the one that the options name, or any. */
  static String port(Configuration options) {
    return options
        .getOptional(RestOptions.BIND_PORT)
        .or(() -> options.getOptional(RestOptions.PORT).map(String::valueOf))
        .orElse("0");
  }
}
