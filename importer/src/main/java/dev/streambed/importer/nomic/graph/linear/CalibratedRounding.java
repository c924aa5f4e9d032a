package dev.streambed.importer.nomic.graph.linear;

/**
 * Rounds the weights of one output so that their errors cancel for typical inputs. Each weight goes
 * to one of the two whole numbers beside it, the nearest at first; then each is moved to the other
 * one as long as that lowers
 *
 * <pre>  (sum of error * mean input)^2  +  variance of inputs * sum of error^2</pre>
 *
 * <p>that is, what is expected of the squared error of the output. Nearest rounding lowers the
 * second part alone; but the inputs of a product have much in common, so that the first is the
 * larger (docs/decisions/0138). Confined to one thread.
 */
final class CalibratedRounding {
  private static final int SWEEPS = 4; // nearly always the last moves nothing

  private final TypicalInputs inputs;
  private final float[] errors;
  private double common; // sum of error * mean input

  CalibratedRounding(TypicalInputs inputs) {
    this.inputs = inputs;
    this.errors = new float[inputs.mean().length];
  }

  /**
   * Rounds one output's weights.
   *
   * @param weights in steps, one for each input
   * @param largest no rounded weight is larger in magnitude
   * @param rounded receives the result
   */
  void round(float[] weights, int largest, byte[] rounded) {
    roundToNearest(weights, rounded);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      boolean anyMoved = false;
      for (int input = 0; input < weights.length; input++) {
        int move = errors[input] > 0 ? -1 : 1;
        if (Math.abs(rounded[input] + move) <= largest && change(input, move) < 0) {
          rounded[input] += (byte) move;
          errors[input] += move;
          common += (double) inputs.mean()[input] * move;
          anyMoved = true;
        }
      }
      if (!anyMoved) {
        return;
      }
    }
  }

  private void roundToNearest(float[] weights, byte[] rounded) {
    this.common = 0;
    for (int input = 0; input < weights.length; input++) {
      rounded[input] = (byte) Math.rint(weights[input]);
      errors[input] = rounded[input] - weights[input];
      common += (double) inputs.mean()[input] * errors[input];
    }
  }

  /** How much more the expected squared error would be. */
  private double change(int input, int move) {
    double moved = (double) inputs.mean()[input] * move;
    return moved * (2 * common + moved) + inputs.variance() * (1 + 2 * errors[input] * move);
  }
}
