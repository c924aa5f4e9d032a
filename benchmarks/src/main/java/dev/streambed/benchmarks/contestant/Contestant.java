package dev.streambed.benchmarks.contestant;

import java.util.Map;
import org.apache.flink.annotation.Internal;

/** Something that embeds texts, to be measured. Confined to the thread that serves it. */
@Internal
public interface Contestant {
  /** Facts that a reader of the result must know, such as the version of the runtime. */
  Map<String, String> facts();

  /**
   * Embeds texts, as fast as it can.
   *
   * @param variant how, where there is a choice, such as a batch size
   * @return one vector per text, in their order
   */
  float[][] embed(String[] texts, String variant) throws Exception;

  /** Makes a contestant, in its process. */
  interface Factory {
    Contestant open(ModelFiles model) throws Exception;
  }
}
