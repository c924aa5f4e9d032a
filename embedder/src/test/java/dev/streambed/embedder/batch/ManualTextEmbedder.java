package dev.streambed.embedder.batch;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A text embedder whose batches finish when the test says so. A text has one token per character,
 * its code; its vector is {first token, number of tokens}.
 */
public final class ManualTextEmbedder implements TextEmbedder {
  /** A text that cannot be tokenised. */
  public static final String REJECTED = "#";

  /** The model's limit, for what splits texts. */
  public static final int MAX_TOKENS = 16;

  private static final long LIMIT_SECONDS = 20;

  private final LinkedBlockingQueue<StartedBatch> started = new LinkedBlockingQueue<>();
  private final Set<StartedBatch> running = ConcurrentHashMap.newKeySet();
  private final List<String> tokenised = new CopyOnWriteArrayList<>();
  private volatile Device device = Device.CPU;
  private volatile TokenLayout layout = TokenLayout.PADDED;
  private volatile boolean brokenRuntime;
  private volatile boolean closed;
  private final Lease own = new Lease(null);

  /** A batch that a worker has handed over and waits for. */
  public static final class StartedBatch {
    private final List<TokenIds> texts;
    private final Lease lease;
    private final CompletableFuture<@Nullable RuntimeException> outcome = new CompletableFuture<>();

    private StartedBatch(List<TokenIds> texts, Lease lease) {
      this.texts = texts;
      this.lease = lease;
    }

    /** Tokens of each text, in the order of the batch. */
    public List<Integer> lengths() {
      return texts.stream().map(TokenIds::length).toList();
    }

    /** First character of each text, in the order of the batch. */
    public String firstCharacters() {
      StringBuilder characters = new StringBuilder();
      texts.forEach(text -> characters.append((char) text.ids()[0]));
      return characters.toString();
    }

    public void finish() {
      outcome.complete(null);
    }

    public void fail(RuntimeException failure) {
      outcome.complete(failure);
    }
  }

  @Override
  public Device device() {
    return device;
  }

  /** Waits for the next batch that a worker starts. */
  public StartedBatch nextBatch() throws InterruptedException {
    StartedBatch batch = started.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
    if (batch == null) {
      throw new AssertionError("No worker started a batch within %d s.".formatted(LIMIT_SECONDS));
    }
    return batch;
  }

  /** A batch that a worker has started, or null if none does so for a moment. */
  public @Nullable StartedBatch pollBatch() throws InterruptedException {
    return started.poll(1, TimeUnit.MILLISECONDS);
  }

  public boolean hasStartedBatch() {
    return !started.isEmpty();
  }

  /** From now on the known good text fails too. */
  public void breakRuntime() {
    brokenRuntime = true;
  }

  /** From now on it says that it runs there. */
  public void runOn(Device newDevice) {
    device = newDevice;
  }

  /** From now on it says that its graph computes no padding. */
  public void removePadding() {
    layout = TokenLayout.PACKED;
  }

  /** Texts that workers have tokenised, in order. */
  public List<String> tokenised() {
    return tokenised;
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public TokenLayout layout() {
    return layout;
  }

  @Override
  public String modelDigest() {
    return "manual";
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    tokenised.add(text);
    if (text.equals(REJECTED)) {
      throw new TextRejectedException(TextRejectedException.Reason.BLANK, "rejected by the test");
    }
    return new TokenIds(text.chars().asLongStream().toArray(), false);
  }

  /** Texts of up to {@value #MAX_TOKENS} characters fit. */
  @Override
  public TokenCounter tokenCounter(@Nullable String promptName) {
    return new TokenCounter() {
      @Override
      public int limit() {
        return MAX_TOKENS;
      }

      @Override
      public void check(String text) {
        // each is tokenised
      }

      @Override
      public int tokensForModel(String text) {
        return text.length();
      }

      @Override
      public int tokensAlone(String text) {
        return text.length();
      }

      @Override
      public int[] startsAlone(String text) {
        return IntStream.range(0, text.length()).toArray();
      }
    };
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    return own.embed(batch);
  }

  private List<Embedding> embed(List<TokenIds> batch, Lease lease) {
    StartedBatch mine = new StartedBatch(List.copyOf(batch), lease);
    running.add(mine);
    started.add(mine);
    if (lease.isTerminated()) {
      mine.fail(new InferenceException("terminated"));
    }
    RuntimeException failure = mine.outcome.join();
    running.remove(mine);
    if (failure != null) {
      throw failure;
    }
    List<Embedding> embeddings = new ArrayList<>();
    for (TokenIds text : batch) {
      float[] vector = {text.ids()[0], text.length()};
      embeddings.add(new Embedding(vector, text.length(), text.truncated()));
    }
    return embeddings;
  }

  @Override
  public void probe() {
    if (brokenRuntime) {
      throw new InferenceException("broken by the test");
    }
  }

  @Override
  public void terminate() {
    own.terminate();
  }

  @Override
  public TextEmbedder lease() {
    return new Lease(own);
  }

  @Override
  public void close() {
    if (!running.isEmpty()) {
      throw new IllegalStateException("Closed while a worker uses it.");
    }
    closed = true;
  }

  /** One user's hold, whose runs end alone. */
  private final class Lease implements TextEmbedder {
    private final @Nullable Lease parent;
    private volatile boolean terminated;

    Lease(@Nullable Lease parent) {
      this.parent = parent;
    }

    boolean isTerminated() {
      return terminated || (parent != null && parent.isTerminated());
    }

    @Override
    public Device device() {
      return ManualTextEmbedder.this.device();
    }

    @Override
    public TokenLayout layout() {
      return ManualTextEmbedder.this.layout();
    }

    @Override
    public String modelDigest() {
      return ManualTextEmbedder.this.modelDigest();
    }

    @Override
    public TokenIds tokenise(String text, @Nullable String promptName) {
      return ManualTextEmbedder.this.tokenise(text, promptName);
    }

    @Override
    public TokenCounter tokenCounter(@Nullable String promptName) {
      return ManualTextEmbedder.this.tokenCounter(promptName);
    }

    @Override
    public List<Embedding> embed(List<TokenIds> batch) {
      return ManualTextEmbedder.this.embed(batch, this);
    }

    @Override
    public void probe() {
      ManualTextEmbedder.this.probe();
    }

    @Override
    public void terminate() {
      terminated = true;
      running.stream()
          .filter(batch -> batch.lease.isTerminated())
          .forEach(batch -> batch.fail(new InferenceException("terminated")));
    }

    @Override
    public TextEmbedder lease() {
      return new Lease(this);
    }

    @Override
    public void close() {
      terminate();
    }
  }
}
