package dev.streambed.operator.stream;

import org.apache.flink.util.function.SerializableFunction;

/**
 * The same prompt for each record, so that it can be checked before the first comes.
 *
 * @param <T> type of the records
 */
record FixedPrompt<T>(String name) implements SerializableFunction<T, String> {
  private static final long serialVersionUID = 1L;

  @Override
  public String apply(T input) {
    return name;
  }
}
