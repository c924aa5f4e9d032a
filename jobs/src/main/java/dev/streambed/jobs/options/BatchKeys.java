package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.within;

import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.operator.BatchingOptions;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;

/** The keys of {@link BatchingOptions}, which itself knows no keys, and how they are read. */
final class BatchKeys {

  static final ConfigOption<Integer> MAX_RECORDS =
      ConfigOptions.key("streambed.batch.max-records")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.policy().maxRecords())
          .withDescription(
              "Most texts in a batch. Small: less memory and less to replay after a failure."
                  + " Large: texts of like length meet in a batch, which wastes less padding.");

  static final ConfigOption<Integer> MAX_TOKENS =
      ConfigOptions.key("streambed.batch.max-tokens")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.policy().maxTokens())
          .withDescription(
              "Most tokens in a batch, padding included unless the model's graph removes it. Small,"
                  + " 256 to 1024: best on a CPU, where batches stay in its cache. Large, some"
                  + " 16384: best on a GPU. 0: what calibration finds, or 512 on a CPU, 16384 on a"
                  + " GPU.");

  static final ConfigOption<Integer> WORKERS =
      ConfigOptions.key("streambed.batch.workers")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.batcher().workers())
          .withDescription(
              "Threads that tokenise and infer in each task slot. 1: where there is a slot per"
                  + " core. More: where slots are fewer than cores. 0: what"
                  + " calibration finds, or 1 on a CPU, 2 on a GPU.");

  static final ConfigOption<Duration> CALIBRATION_LIMIT =
      ConfigOptions.key("streambed.batch.calibration-limit")
          .durationType()
          .defaultValue(BatchingOptions.DEFAULT.calibration().limit())
          .withDescription(
              "How long each TaskManager measures, at its first start, which max-tokens and workers"
                  + " are fastest, where they are 0; at most 1 min. Some 5 s are enough for a small"
                  + " model. 0 s: nothing is measured. No choice changes a vector.");

  static final ConfigOption<String> CALIBRATION_DIRECTORY =
      ConfigOptions.key("streambed.batch.calibration-directory")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Where each TaskManager keeps what it measured, for its next start;"
                  + " streambed/calibration in the user's cache directory if absent.");

  static final ConfigOption<MemorySize> CACHE_SIZE =
      ConfigOptions.key("streambed.batch.cache-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.batcher().cacheBytes()))
          .withDescription(
              "Heap in each task slot for texts and their vectors, so that a text that comes again"
                  + " costs no inference. 0: best where texts rarely repeat. Large: where many do,"
                  + " such as titles or boilerplate; a text of 500 characters takes some 3 kb.");

  static final ConfigOption<MemorySize> MAX_IN_FLIGHT_SIZE =
      ConfigOptions.key("streambed.batch.max-in-flight-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.inFlightBytes()))
          .withDescription(
              "Heap in each task slot for records that are being embedded; a larger one passes"
                  + " alone. A record takes three times its value. Small: less memory, and smaller"
                  + " checkpoints, which hold up to a third of it. Large: full batches of large"
                  + " texts. 0: an eighth of the TaskManager's heap, shared by its slots.");

  private BatchKeys() {}

  static BatchingOptions read(Configuration file) {
    check(
        file.getOptional(CALIBRATION_DIRECTORY).isEmpty() || !file.get(CALIBRATION_LIMIT).isZero(),
        CALIBRATION_DIRECTORY,
        file.getOptional(CALIBRATION_DIRECTORY).orElse(""),
        "absent, as nothing is measured unless %s is above 0 s".formatted(CALIBRATION_LIMIT.key()));
    return new BatchingOptions(
        new BatchPolicy(
            within(BatchPolicy.MAX_RECORDS, file, MAX_RECORDS),
            within(BatchPolicy.MAX_TOKENS, file, MAX_TOKENS)),
        new BatcherOptions(
            within(BatcherOptions.WORKERS, file, WORKERS),
            BatchingOptions.DEFAULT.batcher().maxQueued(),
            file.get(CACHE_SIZE).getBytes()),
        new CalibrationOptions(
            within(CalibrationOptions.LIMIT, file, CALIBRATION_LIMIT),
            file.getOptional(CALIBRATION_DIRECTORY).orElse(null)),
        file.get(MAX_IN_FLIGHT_SIZE).getBytes());
  }
}
