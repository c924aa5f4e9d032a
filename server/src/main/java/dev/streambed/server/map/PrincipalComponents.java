package dev.streambed.server.map;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The directions in which vectors differ most, the first most of all: by iteration of a subspace on
 * their covariance, then Jacobi's rotations inside of it. The same vectors give the same directions
 * to the bit. Immutable.
 */
final class PrincipalComponents {
  private static final long SEED = 1;
  private static final int ITERATIONS = 60;
  private static final int MORE = 8; // directions beside those wanted, so that these settle soon
  private static final int SWEEPS = 30;
  private static final double NOTHING = 1e-12;

  /** Multiplications for a covariance, at most: about a second. */
  private static final double WORK = 1e9;

  private static final int LEAST_SAMPLE = 200;

  private final double[] mean;
  private final double[][] axes;
  private final double[] variances;

  private PrincipalComponents(double[] mean, double[][] axes, double[] variances) {
    this.mean = mean;
    this.axes = axes;
    this.variances = variances;
  }

  /**
   * Finds the components of vectors of one length; of many, it looks at some, evenly spread.
   *
   * @param vectors at least one
   * @param most components; fewer if the vectors are shorter
   */
  static PrincipalComponents of(List<float[]> vectors, int most) {
    List<float[]> sample = sample(vectors);
    int dimensions = sample.get(0).length;
    double[] mean = mean(sample, dimensions);
    double[][] covariance = covariance(sample, mean);
    int wanted = Math.min(most, dimensions);
    double[][] basis = start(Math.min(dimensions, wanted + MORE), dimensions);
    for (int i = 0; i < ITERATIONS; i++) {
      basis = orthonormal(times(basis, covariance));
    }
    return turned(mean, basis, covariance, wanted);
  }

  private static List<float[]> sample(List<float[]> vectors) {
    double square = (double) vectors.get(0).length * vectors.get(0).length;
    int most = (int) Math.max(LEAST_SAMPLE, Math.min(Integer.MAX_VALUE, 2 * WORK / square));
    if (vectors.size() <= most) {
      return vectors;
    }
    return IntStream.range(0, most)
        .mapToObj(i -> vectors.get((int) ((long) i * vectors.size() / most)))
        .toList();
  }

  private static double[] mean(List<float[]> vectors, int dimensions) {
    double[] mean = new double[dimensions];
    for (float[] vector : vectors) {
      for (int i = 0; i < dimensions; i++) {
        mean[i] += vector[i];
      }
    }
    for (int i = 0; i < dimensions; i++) {
      mean[i] /= vectors.size();
    }
    return mean;
  }

  private static double[][] covariance(List<float[]> vectors, double[] mean) {
    int dimensions = mean.length;
    double[][] sums = new double[dimensions][dimensions];
    double[] centred = new double[dimensions];
    for (float[] vector : vectors) {
      for (int i = 0; i < dimensions; i++) {
        centred[i] = vector[i] - mean[i];
      }
      for (int i = 0; i < dimensions; i++) {
        double[] row = sums[i];
        double factor = centred[i];
        for (int j = i; j < dimensions; j++) {
          row[j] += factor * centred[j];
        }
      }
    }
    for (int i = 0; i < dimensions; i++) {
      for (int j = i; j < dimensions; j++) {
        sums[i][j] /= vectors.size();
        sums[j][i] = sums[i][j];
      }
    }
    return sums;
  }

  private static double[][] start(int count, int dimensions) {
    var random = new Random(SEED);
    double[][] basis = new double[count][dimensions];
    for (double[] row : basis) {
      for (int i = 0; i < dimensions; i++) {
        row[i] = random.nextGaussian();
      }
    }
    return orthonormal(basis);
  }

  /** The rows, each multiplied with a symmetric matrix. */
  private static double[][] times(double[][] rows, double[][] matrix) {
    double[][] product = new double[rows.length][matrix.length];
    for (int r = 0; r < rows.length; r++) {
      for (int i = 0; i < matrix.length; i++) {
        product[r][i] = dot(rows[r], matrix[i]);
      }
    }
    return product;
  }

  /**
   * Rows of norm 1 at right angles that span what these do; a row that adds nothing is replaced.
   */
  private static double[][] orthonormal(double[][] rows) {
    int replacement = 0;
    for (int r = 0; r < rows.length; r++) {
      double before = Math.sqrt(dot(rows[r], rows[r]));
      double norm = project(rows, r);
      while (norm <= NOTHING * Math.max(1, before) && replacement < rows[r].length) {
        Arrays.fill(rows[r], 0);
        rows[r][replacement++] = 1;
        before = 1;
        norm = project(rows, r) > 1e-6 ? Math.sqrt(dot(rows[r], rows[r])) : 0;
      }
      for (int i = 0; i < rows[r].length; i++) {
        rows[r][i] /= norm;
      }
    }
    return rows;
  }

  /** Takes out of a row what is in those before it, twice because of rounding; its norm then. */
  private static double project(double[][] rows, int r) {
    for (int pass = 0; pass < 2; pass++) {
      for (int before = 0; before < r; before++) {
        double part = dot(rows[r], rows[before]);
        for (int i = 0; i < rows[r].length; i++) {
          rows[r][i] -= part * rows[before][i];
        }
      }
    }
    return Math.sqrt(dot(rows[r], rows[r]));
  }

  /** Turns a basis so that the covariance in it is diagonal, the largest first. */
  private static PrincipalComponents turned(
      double[] mean, double[][] basis, double[][] covariance, int wanted) {
    int size = basis.length;
    double[][] images = times(basis, covariance);
    double[][] inside = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        inside[i][j] = dot(basis[i], images[j]);
      }
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int i = 0; i < size; i++) {
        for (int j = i + 1; j < size; j++) {
          rotate(inside, basis, i, j);
        }
      }
    }
    Integer[] order = new Integer[size];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order, (i, j) -> Double.compare(inside[j][j], inside[i][i])); // stable, so deterministic
    double[][] axes = new double[wanted][];
    double[] variances = new double[wanted];
    for (int i = 0; i < wanted; i++) {
      axes[i] = pointed(basis[order[i]]);
      variances[i] = Math.max(0, inside[order[i]][order[i]]);
    }
    return new PrincipalComponents(mean, axes, variances);
  }

  /** Jacobi's rotation, after which the two have no covariance. */
  private static void rotate(double[][] matrix, double[][] basis, int p, int q) {
    if (Math.abs(matrix[p][q]) <= Double.MIN_NORMAL) {
      return;
    }
    double theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
    double sign = theta >= 0 ? 1 : -1;
    double tangent = sign / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    double cosine = 1 / Math.sqrt(tangent * tangent + 1);
    double sine = tangent * cosine;
    for (int k = 0; k < matrix.length; k++) {
      double kp = matrix[k][p];
      double kq = matrix[k][q];
      matrix[k][p] = cosine * kp - sine * kq;
      matrix[k][q] = sine * kp + cosine * kq;
    }
    turn(matrix[p], matrix[q], cosine, sine);
    turn(basis[p], basis[q], cosine, sine);
  }

  private static void turn(double[] first, double[] second, double cosine, double sine) {
    for (int k = 0; k < first.length; k++) {
      double one = first[k];
      double other = second[k];
      first[k] = cosine * one - sine * other;
      second[k] = sine * one + cosine * other;
    }
  }

  /** An axis has no direction of its own: its largest component is made positive. */
  private static double[] pointed(double[] axis) {
    double largest = 0;
    for (double component : axis) {
      largest = Math.abs(component) > Math.abs(largest) + 1e-9 ? component : largest;
    }
    return largest < 0 ? negated(axis) : axis;
  }

  private static double[] negated(double[] axis) {
    return Arrays.stream(axis).map(component -> -component).toArray();
  }

  /** The same, with each axis in the direction that is nearer to that of former ones. */
  PrincipalComponents pointedAs(PrincipalComponents former) {
    double[][] same = axes.clone();
    for (int i = 0; i < axes.length && i < former.axes.length; i++) {
      same[i] = dot(axes[i], former.axes[i]) < 0 ? negated(axes[i]) : axes[i];
    }
    return new PrincipalComponents(mean, same, variances);
  }

  /** How many there are. */
  int count() {
    return axes.length;
  }

  /** The variance along a component. */
  double variance(int component) {
    return variances[component];
  }

  /** The coordinates of a vector. */
  float[] project(float[] vector) {
    float[] projected = new float[axes.length];
    for (int i = 0; i < axes.length; i++) {
      double sum = 0;
      for (int j = 0; j < mean.length; j++) {
        sum += axes[i][j] * (vector[j] - mean[j]);
      }
      projected[i] = (float) sum;
    }
    return projected;
  }

  private static double dot(double[] first, double[] second) {
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += first[i] * second[i];
    }
    return sum;
  }
}
