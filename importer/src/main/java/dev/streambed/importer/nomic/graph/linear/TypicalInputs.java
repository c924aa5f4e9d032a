package dev.streambed.importer.nomic.graph.linear;

import static dev.streambed.embedder.Requirements.check;

import org.apiguardian.api.API;

/**
 * What one weight was multiplied with in some texts, as far as its rounding needs to know.
 *
 * @param mean the mean of each input; owned by this record
 * @param variance mean square of an input's difference from its mean, at least 0
 */
@API(status = API.Status.INTERNAL)
@SuppressWarnings("ArrayRecordComponent") // a vector, never compared
public record TypicalInputs(float[] mean, double variance) {
  public TypicalInputs {
    check(variance >= 0, "variance", variance, "at least 0");
  }
}
