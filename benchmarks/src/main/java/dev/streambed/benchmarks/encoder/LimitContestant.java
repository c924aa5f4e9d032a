package dev.streambed.benchmarks.encoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.streambed.benchmarks.contestant.Contestant;
import dev.streambed.benchmarks.contestant.ContestantServer;
import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.annotation.Internal;

/**
 * The most that ONNX Runtime can do with these texts: all are known beforehand, so they are sorted
 * perfectly and cut under a token budget; threads run them in a tight loop with buffers of their
 * own. Tokenising is included; there are no futures, no queue, no Flink.
 *
 * <p>The variant is threads x threads of one run : token budget, such as 2x1:512.
 */
@Internal
public final class LimitContestant implements Contestant {
  private final OrtEnvironment environment = OnnxRuntime.environment();
  private final ModelDirectory model;
  private final TextTokenizer tokenizer;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private OrtSession session;
  private int sessionThreads = 1;

  /** Texts of one run, longest first: from (inclusive) to (exclusive) in the sorted order. */
  private record Run(int from, int to) {}

  /** The settings that are worth trying on this machine. */
  public static List<String> variants() {
    int cores = Runtime.getRuntime().availableProcessors();
    List<String> variants = new ArrayList<>();
    for (int budget : new int[] {256, 512, 1024, 2048}) {
      variants.add(cores + "x1:" + budget);
    }
    variants.add("1x" + cores + ":2048");
    return variants;
  }

  private LimitContestant(ModelDirectory model) throws OrtException {
    this.model = model;
    this.tokenizer = TextTokenizer.open(model.tokenizerFile(), model.description().maxTokens());
    this.session = openSession(sessionThreads);
  }

  public static void main(String[] arguments) throws Exception {
    ContestantServer.serve(arguments, LimitContestant::open);
  }

  public static LimitContestant open(ModelFiles model) throws OrtException {
    return new LimitContestant(ModelDirectory.open(model.streambed()));
  }

  @Override
  public Map<String, String> facts() {
    return OnnxRuntime.facts();
  }

  /** As many as the model sees, special tokens included. */
  public long tokens(String[] texts) {
    return Arrays.stream(texts).mapToLong(text -> tokenizer.tokenise(text).ids().length).sum();
  }

  @Override
  public float[][] embed(String[] texts, String variant) throws Exception {
    String[] parts = variant.split("[x:]", -1);
    int threadCount = Integer.parseInt(parts[0]);
    useSession(Integer.parseInt(parts[1]));
    int budget = Integer.parseInt(parts[2]);

    long[][] ids = new long[texts.length][];
    AtomicInteger nextText = new AtomicInteger();
    onAll(
        threadCount,
        () -> {
          for (int i = nextText.getAndIncrement();
              i < texts.length;
              i = nextText.getAndIncrement()) {
            ids[i] = tokenizer.tokenise(texts[i]).ids();
          }
          return null;
        });

    Integer[] order = new Integer[texts.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt((Integer i) -> ids[i].length).reversed());
    List<Run> runs = cut(order, ids, budget);
    float[][] vectors = new float[texts.length][];
    AtomicInteger nextRun = new AtomicInteger();
    onAll(
        threadCount,
        () -> {
          Buffers buffers = new Buffers(budget);
          for (int i = nextRun.getAndIncrement(); i < runs.size(); i = nextRun.getAndIncrement()) {
            run(runs.get(i), order, ids, buffers, vectors);
          }
          return null;
        });
    return vectors;
  }

  /** Runs of at most budget tokens after padding, or of one text. */
  private static List<Run> cut(Integer[] longestFirst, long[][] ids, int budget) {
    List<Run> runs = new ArrayList<>();
    int from = 0;
    while (from < longestFirst.length) {
      int rows = Math.max(1, budget / ids[longestFirst[from]].length);
      int to = Math.min(longestFirst.length, from + rows);
      runs.add(new Run(from, to));
      from = to;
    }
    return runs;
  }

  @SuppressWarnings("try") // the result is in the buffer, but must be closed
  private void run(Run run, Integer[] order, long[][] ids, Buffers buffers, float[][] vectors)
      throws OrtException {
    int rows = run.to - run.from;
    int columns = ids[order[run.from]].length;
    buffers.fill(run, order, ids, columns);
    long[] shape = {rows, columns};
    ModelDescription description = model.description();
    int hidden = description.hiddenSize();
    FloatBuffer pooled = buffers.pooled(rows * hidden);
    try (OnnxTensor inputIds = OnnxTensor.createTensor(environment, buffers.ids, shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, buffers.mask, shape);
        OnnxTensor output =
            OnnxTensor.createTensor(environment, pooled, new long[] {rows, hidden});
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", inputIds, "attention_mask", mask),
                Set.of(),
                Map.of(description.output(), output))) {
      for (int row = 0; row < rows; row++) {
        vectors[order[run.from + row]] = unitVector(pooled, row * hidden, hidden);
      }
    }
  }

  private static float[] unitVector(FloatBuffer pooled, int start, int length) {
    float[] vector = new float[length];
    pooled.get(start, vector);
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double norm = Math.sqrt(squares);
    for (int i = 0; i < length; i++) {
      vector[i] = (float) (vector[i] / norm);
    }
    return vector;
  }

  private void onAll(int threadCount, Callable<Void> work) throws Exception {
    List<Callable<Void>> copies = new ArrayList<>();
    for (int i = 0; i < threadCount; i++) {
      copies.add(work);
    }
    for (Future<Void> end : threads.invokeAll(copies)) {
      end.get();
    }
  }

  private void useSession(int threadsOfRun) throws OrtException {
    if (threadsOfRun != sessionThreads) {
      session.close();
      session = openSession(threadsOfRun);
      sessionThreads = threadsOfRun;
    }
  }

  private OrtSession openSession(int threadsOfRun) throws OrtException {
    try (var options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threadsOfRun);
      options.setInterOpNumThreads(1);
      return environment.createSession(model.graphFile().toString(), options);
    }
  }

  /** Direct memory of one thread, which ONNX Runtime reads and writes in place. */
  private static final class Buffers {
    private final LongBuffer ids;
    private final LongBuffer mask;
    private FloatBuffer pooled = floats(0);

    Buffers(int budget) {
      int tokens = Math.max(budget, ModelFiles.MAX_TOKENS);
      this.ids = longs(tokens);
      this.mask = longs(tokens);
    }

    void fill(Run run, Integer[] order, long[][] texts, int columns) {
      ids.clear();
      mask.clear();
      for (int row = run.from; row < run.to; row++) {
        long[] text = texts[order[row]];
        ids.put(text);
        for (int column = 0; column < columns; column++) {
          if (column >= text.length) {
            ids.put(0);
          }
          mask.put(column < text.length ? 1 : 0);
        }
      }
      ids.flip();
      mask.flip();
    }

    FloatBuffer pooled(int size) {
      if (pooled.capacity() < size) {
        pooled = floats(size);
      }
      return pooled.limit(size);
    }

    private static LongBuffer longs(int count) {
      return direct(count * Long.BYTES).asLongBuffer();
    }

    private static FloatBuffer floats(int count) {
      return direct(count * Float.BYTES).asFloatBuffer();
    }

    private static ByteBuffer direct(int bytes) {
      return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
  }
}
