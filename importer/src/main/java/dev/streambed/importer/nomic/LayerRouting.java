package dev.streambed.importer.nomic;

import java.util.List;
import java.util.stream.LongStream;
import org.apiguardian.api.API;

/**
 * The routing of a sample's tokens in one layer.
 *
 * @param layer counted from 0
 * @param meanWeight mean over the tokens of the sum of the two weights; 1 would mean that no other
 *     expert matters
 * @param tokensPerExpert how many tokens chose each expert; each token chooses two
 */
@API(status = API.Status.INTERNAL)
public record LayerRouting(int layer, double meanWeight, List<Long> tokensPerExpert) {
  public LayerRouting {
    tokensPerExpert = List.copyOf(tokensPerExpert);
  }

  /**
   * Sums up the choices of tokens.
   *
   * @param weights [token][2], row-major
   * @param chosen [token][2], row-major
   */
  static LayerRouting of(int layer, int experts, float[] weights, float[] chosen) {
    double sum = 0;
    long[] tokens = new long[experts];
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      tokens[(int) chosen[i]]++;
    }
    int tokenCount = weights.length / 2;
    return new LayerRouting(layer, sum / tokenCount, LongStream.of(tokens).boxed().toList());
  }
}
