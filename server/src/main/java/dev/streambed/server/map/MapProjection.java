package dev.streambed.server.map;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Places vectors on a map of about -1 to 1, by their first two principal components. Immutable. */
@API(status = API.Status.INTERNAL)
public final class MapProjection {
  private static final int AXES = 2;

  /** How many standard deviations of the first component reach the edge. */
  private static final double DEVIATIONS = 2.5;

  private final PrincipalComponents components;
  private final double scale;

  private MapProjection(PrincipalComponents components) {
    this.components = components;
    double deviation = Math.sqrt(components.variance(0));
    this.scale = deviation == 0 ? 1 : 1 / (DEVIATIONS * deviation);
  }

  /**
   * Fits a map to vectors.
   *
   * @param former whose axes give those of this one their directions; null if it is the first
   */
  public static MapProjection of(List<float[]> vectors, @Nullable MapProjection former) {
    PrincipalComponents found = PrincipalComponents.of(vectors, AXES);
    return new MapProjection(former == null ? found : found.pointedAs(former.components));
  }

  public float x(float[] vector) {
    return (float) (components.project(vector)[0] * scale);
  }

  /** 0 for vectors of one component. */
  public float y(float[] vector) {
    float[] projected = components.project(vector);
    return projected.length < AXES ? 0 : (float) (projected[1] * scale);
  }
}
