package dev.streambed.sql;

import java.time.Duration;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many rows Flink gives to a model at a time, and how long it waits for one. A provider can see
 * both, and set neither.
 *
 * @param operations most rows
 * @param timeout until Flink fails the job; 0 for never
 */
record AsyncLimits(int operations, Duration timeout) {
  private static final Logger LOG = LoggerFactory.getLogger(AsyncLimits.class);

  /** Flink's own keys in the MAP of ML_PREDICT. */
  private static final ConfigOption<Integer> OPERATIONS =
      ConfigOptions.key("max-concurrent-operations").intType().noDefaultValue();

  private static final ConfigOption<Duration> TIMEOUT =
      ConfigOptions.key("timeout").durationType().noDefaultValue();

  static final Set<String> KEYS = Set.of("async", OPERATIONS.key(), TIMEOUT.key(), "output-mode");

  /** These, with what the query's MAP changes. */
  AsyncLimits with(ReadableConfig ofQuery) {
    return new AsyncLimits(
        ofQuery.getOptional(OPERATIONS).orElse(operations),
        ofQuery.getOptional(TIMEOUT).orElse(timeout));
  }

  /** Refuses the query, or warns, if so few rows at a time never fill the batches. */
  void require(int needed, OnUnfilledBatches choice) {
    if (operations >= needed) {
      return;
    }
    String message =
        "The batches of this model are full only with %d rows in flight, and Flink gives it %d. Run: SET '%s' = '%d';"
            .formatted(
                needed,
                operations,
                ExecutionConfigOptions.TABLE_EXEC_ASYNC_ML_PREDICT_MAX_CONCURRENT_OPERATIONS.key(),
                needed);
    switch (choice) {
      case FAIL ->
          throw new ValidationException(
              message
                  + " Or make %s smaller, or let batches be smaller than they could: '%s' = 'warn'."
                      .formatted(ModelKeys.MAX_RECORDS.key(), ModelKeys.ON_UNFILLED_BATCHES.key()));
      case WARN -> LOG.warn(message);
    }
  }
}
