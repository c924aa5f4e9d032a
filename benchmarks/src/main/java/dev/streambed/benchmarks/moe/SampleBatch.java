package dev.streambed.benchmarks.moe;

import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.onnx.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A batch of random token ids.
 *
 * @param tokens that count as done when the batch is, padding excluded
 */
record SampleBatch(List<TokenIds> texts, TokenBatch batch, int tokens) {
  private static final int START = 0;
  private static final int PADDING = 1;
  private static final int END = 2;
  private static final int FIRST_WORD = 4;

  static SampleBatch equalLengths(Random random, int texts, int length, int vocabulary) {
    return mixedLengths(random, texts, length, length, vocabulary);
  }

  /** Lengths evenly spread from shortest to longest, in no order. */
  static SampleBatch mixedLengths(
      Random random, int count, int shortest, int longest, int vocabulary) {
    List<TokenIds> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = shortest + (longest - shortest) * i / Math.max(1, count - 1);
      long[] ids = random.longs(length, FIRST_WORD, vocabulary).toArray();
      ids[0] = START;
      ids[length - 1] = END;
      texts.add(new TokenIds(ids, /* truncated= */ false));
    }
    java.util.Collections.shuffle(texts, random);
    int tokens = texts.stream().mapToInt(TokenIds::length).sum();
    return new SampleBatch(texts, TokenBatch.pad(texts), tokens);
  }

  /** The same batch with its padding written out as text: the graph computes it as such. */
  SampleBatch paddingTakenForText() {
    List<TokenIds> padded = new ArrayList<>();
    for (TokenIds text : texts) {
      long[] ids = Arrays.copyOf(text.ids(), batch.columns());
      Arrays.fill(ids, text.length(), ids.length, PADDING);
      padded.add(new TokenIds(ids, /* truncated= */ false));
    }
    return new SampleBatch(texts, TokenBatch.pad(padded), tokens);
  }
}
