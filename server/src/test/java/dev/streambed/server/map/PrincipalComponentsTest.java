package dev.streambed.server.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PrincipalComponentsTest {
  private static final double TOLERANCE = 1e-5; // of float32 coordinates up to 10

  /** Two directions at right angles in five dimensions: along one, points lie 3 times as wide. */
  private static final float[] WIDE = {0.6f, 0, 0.8f, 0, 0};

  private static final float[] NARROW = {0, 1, 0, 0, 0};

  @Test
  void findsThePlaneInWhichPointsLie() {
    List<float[]> points = new ArrayList<>();
    for (int i = -3; i <= 3; i++) {
      points.add(point(3 * i, 0));
      points.add(point(0, i));
    }

    PrincipalComponents found = PrincipalComponents.of(points, 2);

    // Their mean is 5 in the last dimension: 14 points, sums of squares 9 * 28 and 28.
    assertThat(found.variance(0)).isCloseTo(9 * 28 / 14.0, within(TOLERANCE));
    assertThat(found.variance(1)).isCloseTo(28 / 14.0, within(TOLERANCE));
    assertThat(found.project(point(2, 7))[0]).isCloseTo(2, within((float) TOLERANCE));
    assertThat(found.project(point(2, 7))[1]).isCloseTo(7, within((float) TOLERANCE));
  }

  private static float[] point(float wide, float narrow) {
    float[] point = new float[5];
    for (int i = 0; i < 5; i++) {
      point[i] = wide * WIDE[i] + narrow * NARROW[i];
    }
    point[4] += 5;
    return point;
  }

  @Test
  void givesTheSameBitsForTheSameVectors() {
    List<float[]> vectors = random(new Random(3), 200, 40);

    PrincipalComponents one = PrincipalComponents.of(vectors, 2);
    PrincipalComponents other = PrincipalComponents.of(vectors, 2);

    assertThat(one.project(vectors.get(7))).isEqualTo(other.project(vectors.get(7)));
  }

  /** All components of all dimensions are a rotation, which keeps distances. */
  @Test
  void keepsDistancesIfItKeepsAllComponents() {
    List<float[]> vectors = random(new Random(4), 30, 12);

    PrincipalComponents found = PrincipalComponents.of(vectors, 50);

    assertThat(found.count()).isEqualTo(12);
    for (int i = 1; i < vectors.size(); i++) {
      assertThat(distance(found.project(vectors.get(0)), found.project(vectors.get(i))))
          .isCloseTo(distance(vectors.get(0), vectors.get(i)), within(1e-5));
    }
  }

  @Test
  void takesVectorsThatAreAllTheSame() {
    List<float[]> same = List.of(new float[] {1, 2, 3}, new float[] {1, 2, 3});

    MapProjection map = MapProjection.of(same, null);

    assertThat(map.x(same.get(0))).isZero();
    assertThat(map.y(same.get(0))).isZero();
    assertThat(map.x(new float[] {5, -1, 2})).isFinite();
  }

  @Test
  void takesFewerVectorsThanDimensionsAndVectorsOfOneComponent() {
    assertThat(PrincipalComponents.of(random(new Random(5), 3, 20), 10).count()).isEqualTo(10);
    MapProjection line =
        MapProjection.of(List.of(new float[] {1}, new float[] {3}), /* former= */ null);

    assertThat(line.x(new float[] {3})).isPositive();
    assertThat(line.y(new float[] {3})).isZero();
  }

  @Test
  void aMapThatIsFittedAnewDoesNotFlip() {
    List<float[]> few = new ArrayList<>();
    List<float[]> mirrored = new ArrayList<>();
    for (float[] vector : random(new Random(6), 100, 5)) {
      vector[0] *= 9;
      vector[1] *= 4;
      few.add(vector);
      float[] other = vector.clone();
      other[1] = -other[1] + 0.3f * vector[0]; // turns the axes a little
      mirrored.add(other);
    }
    MapProjection first = MapProjection.of(few, null);

    MapProjection next = MapProjection.of(mirrored, first);

    float[] right = {9, 0, 0, 0, 0};
    float[] top = {0, 4, 0, 0, 0};
    assertThat(Math.signum(next.x(right))).isEqualTo(Math.signum(first.x(right)));
    assertThat(Math.signum(next.y(top))).isEqualTo(Math.signum(first.y(top)));
  }

  @Test
  void mostPointsAreWithinTheMap() {
    List<float[]> vectors = random(new Random(7), 1000, 30);

    MapProjection map = MapProjection.of(vectors, null);

    long inside =
        vectors.stream()
            .filter(vector -> Math.abs(map.x(vector)) <= 1 && Math.abs(map.y(vector)) <= 1)
            .count();
    assertThat(inside).isGreaterThan(950); // 2.5 standard deviations
  }

  @Test
  void writesReducedVectorsInLittleEndian() {
    List<float[]> vectors = List.of(point(3, 0), point(-3, 0), point(0, 1), point(0, -1));

    ByteBuffer bytes =
        ByteBuffer.wrap(ReducedVectors.of(List.of(9, 8, 7, 6), vectors))
            .order(ByteOrder.LITTLE_ENDIAN);

    assertThat(bytes.getInt()).isEqualTo(4);
    assertThat(bytes.getInt()).isEqualTo(5);
    assertThat(bytes.getInt()).isEqualTo(9);
    bytes.position(bytes.position() + 3 * Integer.BYTES);
    assertThat(bytes.getFloat()).isCloseTo(3, within((float) TOLERANCE));
    assertThat(ReducedVectors.of(List.of(), List.of())).isEqualTo(new byte[8]);
  }

  private static List<float[]> random(Random random, int count, int dimensions) {
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] vector = new float[dimensions];
      for (int j = 0; j < dimensions; j++) {
        vector[j] = (float) random.nextGaussian();
      }
      vectors.add(vector);
    }
    return vectors;
  }

  private static double distance(float[] first, float[] second) {
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += (first[i] - second[i]) * (first[i] - second[i]);
    }
    return Math.sqrt(sum);
  }
}
