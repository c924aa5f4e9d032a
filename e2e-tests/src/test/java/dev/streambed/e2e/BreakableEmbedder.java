package dev.streambed.e2e;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.operator.TextEmbedderFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A real embedder that breaks in the middle of a batch when the test says so, and stays broken until
 * it is opened anew, as after a fault of the native runtime. Counts what all of them do.
 */
final class BreakableEmbedder implements TextEmbedder {
  // The factory travels to Flink as bytes, so that test and embedders meet here.
  private static final AtomicBoolean BREAK_NEXT = new AtomicBoolean();
  private static final AtomicInteger BROKEN = new AtomicInteger();
  private static final AtomicInteger EMBEDDED = new AtomicInteger();

  private final TextEmbedder real;
  private volatile boolean broken;

  private BreakableEmbedder(TextEmbedder real) {
    this.real = real;
  }

  /** Opens breakable embedders over those of another factory. */
  record Factory(TextEmbedderFactory real) implements TextEmbedderFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public TextEmbedder open() {
      return new BreakableEmbedder(real.open());
    }
  }

  static void reset() {
    BREAK_NEXT.set(false);
    BROKEN.set(0);
    EMBEDDED.set(0);
  }

  /** Makes the next batch fail, and the embedder that has it. */
  static void breakNext() {
    BREAK_NEXT.set(true);
  }

  static int brokenSoFar() {
    return BROKEN.get();
  }

  /** Texts embedded by all embedders together, a text as often as it was embedded. */
  static int embeddedSoFar() {
    return EMBEDDED.get();
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    return real.tokenise(text, promptName);
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    if (BREAK_NEXT.compareAndSet(true, false)) {
      broken = true;
      BROKEN.incrementAndGet();
    }
    checkNotBroken();
    List<Embedding> embeddings = real.embed(batch);
    EMBEDDED.addAndGet(embeddings.size());
    return embeddings;
  }

  @Override
  public void probe() {
    checkNotBroken();
    real.probe();
  }

  @Override
  public void terminate() {
    real.terminate();
  }

  @Override
  public void close() {
    real.close();
  }

  private void checkNotBroken() {
    if (broken) {
      throw new InferenceException("Broken on purpose.");
    }
  }
}
