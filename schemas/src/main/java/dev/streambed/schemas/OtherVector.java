package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.checkVector;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * One more vector of an {@link EmbeddingRecord}, of another length.
 *
 * @param space address of the vector's space, as {@link Provenance#space}
 * @param components finite, at least one; shared, not copied
 */
@API(status = API.Status.EXPERIMENTAL)
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below compare its content
public record OtherVector(String space, float[] components) {

  /** Begins the name of each other vector; its length follows. */
  public static final String NAME = "embedding_";

  private static final Pattern NAMES = Pattern.compile(NAME + "([1-9][0-9]{0,8})");

  public OtherVector {
    Provenance.checkSpace(space);
    checkVector("other embedding", components);
  }

  /** Its name in each format, after its length: embedding_256. */
  public String name() {
    return NAME + components.length;
  }

  /** The length that the name of another vector tells; 0 if it is none. */
  public static int dimensionsOf(String name) {
    Matcher other = NAMES.matcher(name);
    return other.matches() ? Integer.parseInt(other.group(1)) : 0;
  }

  /** Number of components of the vector. */
  public int dimensions() {
    return components.length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OtherVector that
        && space.equals(that.space)
        && Arrays.equals(components, that.components);
  }

  @Override
  public int hashCode() {
    return 31 * space.hashCode() + Arrays.hashCode(components);
  }

  /** Leaves out the components, so that no log shows them. */
  @Override
  public String toString() {
    return "OtherVector[" + space + "]";
  }
}
