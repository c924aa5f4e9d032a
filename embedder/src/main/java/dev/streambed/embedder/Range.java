package dev.streambed.embedder;

import static dev.streambed.embedder.Requirements.check;

import java.util.function.Predicate;
import org.apiguardian.api.API;

/**
 * The values that an option may have, in code and in words. The record of the option owns it and
 * checks by it; whoever reads the option from a file checks by it too, and names the key.
 *
 * @param values holds for the values of the range
 * @param words follow on "must be"
 */
@API(status = API.Status.INTERNAL)
public record Range<V>(Predicate<V> values, String words) {
  public static Range<Integer> between(int least, int most) {
    return new Range<>(
        value -> value >= least && value <= most, "between %d and %d".formatted(least, most));
  }

  public static Range<Integer> atLeast(int least) {
    return new Range<>(value -> value >= least, "at least " + least);
  }

  /**
   * These integers and zero.
   *
   * @param meaning what zero stands for
   */
  public static Range<Integer> orZero(Range<Integer> range, String meaning) {
    return new Range<>(
        value -> value == 0 || range.contains(value), range.words + ", or 0 for " + meaning);
  }

  public boolean contains(V value) {
    return values.test(value);
  }

  /**
   * Checks a value.
   *
   * @param name of the option in Java
   * @throws IllegalArgumentException if the range does not have the value
   */
  public void require(String name, V value) {
    check(contains(value), name, value, words);
  }
}
