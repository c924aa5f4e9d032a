package dev.streambed.embedder.model;

import static dev.streambed.embedder.Requirements.check;

import org.apiguardian.api.API;

/**
 * The vector lengths that a model may be truncated to: every one from minimum to maximum, both
 * included.
 */
@API(status = API.Status.EXPERIMENTAL)
public record DimensionRange(int minimum, int maximum) {
  public DimensionRange {
    check(minimum >= 1, "dimensions.minimum", minimum, "at least 1");
    check(maximum >= minimum, "dimensions.maximum", maximum, "at least the minimum " + minimum);
  }

  public boolean contains(int dimensions) {
    return dimensions >= minimum && dimensions <= maximum;
  }

  @Override
  public String toString() {
    return minimum == maximum ? Integer.toString(minimum) : minimum + " to " + maximum;
  }
}
