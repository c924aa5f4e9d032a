package dev.streambed.server.map;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apiguardian.api.API;

/** Vectors with fewer components, as bytes for a browser. */
@API(status = API.Status.INTERNAL)
public final class ReducedVectors {
  private static final int MOST_COMPONENTS = 50;

  private ReducedVectors() {}

  /**
   * The number of vectors, that of components, the ids, the components of each vector: int32 and
   * float32, little endian.
   *
   * @param ids one per vector
   */
  public static byte[] of(List<Integer> ids, List<float[]> vectors) {
    if (vectors.isEmpty()) {
      return new byte[2 * Integer.BYTES];
    }
    PrincipalComponents found = PrincipalComponents.of(vectors, MOST_COMPONENTS);
    ByteBuffer bytes =
        ByteBuffer.allocate(Integer.BYTES * (2 + vectors.size() * (1 + found.count())))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(vectors.size()).putInt(found.count());
    ids.forEach(bytes::putInt);
    for (float[] vector : vectors) {
      for (float component : found.project(vector)) {
        bytes.putFloat(component);
      }
    }
    return bytes.array();
  }
}
