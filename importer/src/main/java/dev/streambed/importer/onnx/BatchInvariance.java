package dev.streambed.importer.onnx;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TokenBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Measures whether the vector of a text depends on the other texts of its batch, or on the number
 * of threads, bit for bit. Compares vectors before they are scaled to norm 1: scaling may round a
 * difference away in one text and not in the next.
 *
 * <p>Kernels handle elements in blocks, and the remainder in another way. So a graph whose sizes
 * are no multiple of a block may differ in few texts out of many. That is most likely in small
 * models, which are quick and so are compared more often. Used once.
 */
final class BatchInvariance {
  private static final long SEED = 20261128;
  private static final int TEXTS = 8; // of a batch
  private static final int LONGEST = 24; // tokens of a text
  private static final int FEWEST_BATCHES = 8;
  private static final int MOST_BATCHES = 64;
  private static final long BYTES_OF_ONE_ROUND = 1L << 29; // weights read for the batches
  private static final String[] WORDS =
      ("Hello! the quick brown fox jumps over a lazy dog, and streams of 42 records go in on one side"
              + " and leave (in the same order) on the other; war, peace, money, law: who knows?"
              + " A B C D E F G H I J K L M N O P Q R S T U V W X Y Z 0 1 2 3 4 5 6 7 8 9")
          .split(" ", -1);

  private final ModelDirectory model;
  private final List<List<TokenIds>> batches = new ArrayList<>();
  private final List<List<float[]>> alone = new ArrayList<>();

  /** The number of texts compared, the number that differed, and the largest difference. */
  record Result(int texts, int differing, float greatestDifference) {
    @Override
    public String toString() {
      return "%d of %d texts, by up to %s".formatted(differing, texts, greatestDifference);
    }
  }

  /**
   * Makes the texts that are compared.
   *
   * @param embedder of the model; not used any more afterwards
   */
  BatchInvariance(ModelDirectory model, OnnxTextEmbedder embedder) {
    this.model = model;
    Random random = new Random(SEED);
    long[] known = idsOfWords(embedder);
    int longest = Math.min(LONGEST, model.description().maxTokens());
    int batchCount = batchCount(model);
    for (int batch = 0; batch < batchCount; batch++) {
      List<TokenIds> texts = new ArrayList<>();
      for (int text = 0; text < TEXTS; text++) {
        long[] ids = new long[1 + random.nextInt(longest)];
        for (int token = 0; token < ids.length; token++) {
          ids[token] = known[random.nextInt(known.length)];
        }
        texts.add(new TokenIds(ids, /* truncated= */ false));
      }
      batches.add(texts);
    }
  }

  /**
   * Ids of real texts, as a graph may fail on one that no text has. But in any order: tokenisers
   * end each text with the same token, and the remainder of the blocks would always be the same.
   */
  private static long[] idsOfWords(OnnxTextEmbedder embedder) {
    return Stream.of(WORDS)
        .flatMapToLong(
            word -> Arrays.stream(embedder.tokenise(word, EmbedderOptions.NO_PROMPT).ids()))
        .distinct()
        .toArray();
  }

  /** Compares, on one thread and, if nothing differs there, on two. */
  Result measure() {
    Result oneThread;
    try (OnnxSession session = OnnxSession.open(model, /* intraOpThreads= */ 1)) {
      runAlone(session);
      oneThread = compare(session);
    }
    if (oneThread.differing > 0) {
      return oneThread;
    }
    try (OnnxSession session = OnnxSession.open(model, /* intraOpThreads= */ 2)) {
      return compare(session);
    }
  }

  private static int batchCount(ModelDirectory model) {
    long bytes = 0;
    try {
      for (String file : model.description().files().keySet()) {
        bytes += Files.size(model.path().resolve(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the size of a file: " + e.getMessage(), e);
    }
    return (int) Math.max(FEWEST_BATCHES, Math.min(MOST_BATCHES, BYTES_OF_ONE_ROUND / bytes));
  }

  private void runAlone(OnnxSession session) {
    for (List<TokenIds> texts : batches) {
      List<float[]> vectors = new ArrayList<>();
      for (TokenIds text : texts) {
        vectors.add(run(session, List.of(text)));
      }
      alone.add(vectors);
    }
  }

  private Result compare(OnnxSession session) {
    int differing = 0;
    float greatest = 0;
    for (int batch = 0; batch < batches.size(); batch++) {
      float[] together = run(session, batches.get(batch));
      int length = together.length / TEXTS;
      for (int text = 0; text < TEXTS; text++) {
        float[] vector = Arrays.copyOfRange(together, text * length, (text + 1) * length);
        if (!Arrays.equals(alone.get(batch).get(text), vector)) { // bit for bit
          differing++;
          greatest = Math.max(greatest, difference(alone.get(batch).get(text), vector));
        }
      }
    }
    return new Result(batches.size() * TEXTS, differing, greatest);
  }

  private float[] run(OnnxSession session, List<TokenIds> texts) {
    return session.run(TokenBatch.pad(texts), model.description().output()).values();
  }

  private static float difference(float[] one, float[] other) {
    float greatest = 0;
    for (int i = 0; i < one.length; i++) {
      greatest = Math.max(greatest, Math.abs(one[i] - other[i]));
    }
    return greatest;
  }
}
