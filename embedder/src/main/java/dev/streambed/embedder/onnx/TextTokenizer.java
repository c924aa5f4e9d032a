package dev.streambed.embedder.onnx;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import ai.djl.util.cuda.CudaUtils;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.SharedInstances;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.SpecialTokensInText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer.json in the Hugging Face tokenizers library; the only class that knows it. Truncation
 * and padding are ours, whatever the file says. Thread-safe.
 *
 * <p>All tokenisers of the same file with the same limit share a native one: with 250,000 pieces it
 * takes some 360 MB.
 */
@API(status = API.Status.INTERNAL)
public final class TextTokenizer implements AutoCloseable {
  private static final Object LOADING = System.class; // one lock for all class loaders of the JVM
  private static boolean loaded;

  private static final SharedInstances<Key, Loaded> TOKENIZERS = new SharedInstances<>();

  private final Key key;
  private final Loaded tokenizer;

  /** Many may tokenise at a time; the native tokeniser must not be freed meanwhile. */
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  @GuardedBy("use")
  private boolean closed;

  private record Key(String sha256, int maxTokens, SpecialTokensInText inText) {}

  private record Loaded(HuggingFaceTokenizer library, OptionalInt unknownToken)
      implements AutoCloseable {
    @Override
    public void close() {
      library.close();
    }
  }

  private TextTokenizer(Key key, Loaded tokenizer) {
    this.key = key;
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a tokenizer.json; special tokens in a text are text.
   *
   * @param maxTokens most tokens of a text, special tokens included; what is beyond them is cut off
   *     on the right
   * @throws InvalidModelException if the file cannot be read
   */
  public static TextTokenizer open(Path tokenizerJson, int maxTokens) {
    return open(tokenizerJson, maxTokens, SpecialTokensInText.TEXT);
  }

  /**
   * Opens a tokenizer.json.
   *
   * @param maxTokens most tokens of a text, special tokens included; what is beyond them is cut off
   *     on the right
   * @throws InvalidModelException if the file cannot be read
   */
  public static TextTokenizer open(Path tokenizerJson, int maxTokens, SpecialTokensInText inText) {
    try {
      Key key = new Key(ModelDirectory.sha256(tokenizerJson), maxTokens, inText);
      return new TextTokenizer(key, TOKENIZERS.acquire(key, () -> load(tokenizerJson, key)));
    } catch (UncheckedIOException e) {
      throw new InvalidModelException(
          "Cannot read tokeniser %s: %s".formatted(tokenizerJson, e.getMessage()), e);
    }
  }

  private static Loaded load(Path tokenizerJson, Key key) {
    Map<String, String> options =
        Map.of(
            "addSpecialTokens", "true",
            "truncation", "true",
            "padding", "false",
            "stride", "0",
            "maxLength", Integer.toString(key.maxTokens),
            // The library would cap maxLength at its own default of 512 otherwise.
            "modelMaxLength", Integer.toString(key.maxTokens));
    Thread thread = Thread.currentThread();
    ClassLoader previous = thread.getContextClassLoader();
    // The library asks it for its own resources, and dies if it does not have them.
    thread.setContextClassLoader(TextTokenizer.class.getClassLoader());
    try {
      NativeLibraries.use("the tokeniser library", TextTokenizer::loadLibrary);
      return read(tokenizerJson, key.inText, options);
    } finally {
      thread.setContextClassLoader(previous);
    }
  }

  private static Loaded read(
      Path tokenizerJson, SpecialTokensInText inText, Map<String, String> options) {
    try {
      TokenizerJson json = TokenizerJson.read(tokenizerJson, inText);
      return new Loaded(
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json.rewritten()), options),
          json.unknownToken());
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(
          "Cannot read tokeniser %s: %s".formatted(tokenizerJson, e.getOriginalMessage()), e);
    } catch (IOException | RuntimeException e) {
      throw new InvalidModelException(
          "Cannot read tokeniser %s: %s".formatted(tokenizerJson, e.getMessage()), e);
    }
  }

  /**
   * The id of the token that stands for what the vocabulary does not have; empty if the tokeniser
   * has none, since it falls back on bytes.
   */
  public OptionalInt unknownToken() {
    return tokenizer.unknownToken;
  }

  /** Tokenises a text as it is, special tokens added. */
  public TokenIds tokenise(String text) {
    return whileOpen(() -> encode(text));
  }

  /** Tokens of a text without special tokens, however many. */
  public int count(String text) {
    return parts(text, TokenizersLibrary.LIB::getTokenIds).stream().mapToInt(p -> p.length).sum();
  }

  /**
   * The first character of each of these tokens, in UTF-16 units, ascending. The library makes an
   * object for each.
   */
  public int[] starts(String text) {
    List<CharSpan[]> parts = parts(text, TokenizersLibrary.LIB::getTokenCharSpans);
    int[] starts = new int[parts.stream().mapToInt(part -> part.length).sum()];
    int token = 0;
    int codePoint = 0; // as the library counts
    int unit = 0;
    for (CharSpan[] part : parts) {
      for (CharSpan span : part) {
        for (; codePoint < span.getStart(); codePoint++) {
          unit = text.offsetByCodePoints(unit, 1);
        }
        starts[token++] = unit;
      }
    }
    return starts;
  }

  /** Reads all tokens of a text, in parts of at most the limit. */
  private <T> List<T> parts(String text, LongFunction<T> read) {
    return whileOpen(
        () -> {
          long first =
              TokenizersLibrary.LIB.encode(
                  tokenizer.library.getHandle(), text, /* addSpecialTokens= */ false);
          try {
            List<T> parts = new ArrayList<>(List.of(read.apply(first)));
            for (long more : TokenizersLibrary.LIB.getOverflowing(first)) {
              try {
                parts.add(read.apply(more));
              } finally {
                TokenizersLibrary.LIB.deleteEncoding(more);
              }
            }
            return parts;
          } finally {
            TokenizersLibrary.LIB.deleteEncoding(first);
          }
        });
  }

  private <T> T whileOpen(Supplier<T> action) {
    use.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("The tokeniser was closed.");
      }
      return action.get();
    } finally {
      use.readLock().unlock();
    }
  }

  private TokenIds encode(String text) {
    // Not tokenizer.encode(text), which also makes a string and a span of each token: ten times the
    // garbage.
    long encoding =
        TokenizersLibrary.LIB.encode(
            tokenizer.library.getHandle(), text, /* addSpecialTokens= */ true);
    try {
      boolean truncated = TokenizersLibrary.LIB.getOverflowCount(encoding) > 0;
      return new TokenIds(TokenizersLibrary.LIB.getTokenIds(encoding), truncated);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  /** Waits for texts that are tokenised now. */
  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        TOKENIZERS.release(key);
      }
    } finally {
      use.writeLock().unlock();
    }
  }

  /*
   * The library must not download anything nor call home, and its native part must come from a fresh file for each
   * class loader: a JVM loads one path only once, and Flink gives each submission of a job a class loader of its own.
   */
  private static boolean loadLibrary() throws IOException, IllegalAccessException {
    synchronized (LOADING) {
      if (loaded) {
        return true;
      }
      System.setProperty("ai.djl.offline", "true");
      System.setProperty("OPT_OUT_TRACKING", "true");
      System.setProperty("RUST_FLAVOR", "cpu");
      findNoGpu();
      Path directory =
          Files.createTempDirectory(
              "streambed-tokenizers-%d-".formatted(ProcessHandle.current().pid()));
      String previous = System.setProperty("ENGINE_CACHE_DIR", directory.toString());
      try {
        LibUtils.checkStatus();
        loaded = true;
        return true;
      } finally {
        restore("ENGINE_CACHE_DIR", previous);
        deleteQuietly(directory);
      }
    }
  }

  /*
   * The library would look for CUDA through JNA, which has a thread that keeps the class loader for ever
   * (docs/decisions/0062). With this property it leaves that to another process, which starts when it is asked for a GPU;
   * without it, then, it finds that CUDA was not loaded.
   */
  private static void findNoGpu() throws IllegalAccessException {
    String previous = System.setProperty("ai.djl.util.cuda.fork", "true");
    try {
      MethodHandles.lookup().ensureInitialized(CudaUtils.class);
    } finally {
      restore("ai.djl.util.cuda.fork", previous);
    }
  }

  private static void restore(String property, @Nullable String previous) {
    if (previous == null) {
      System.clearProperty(property);
    } else {
      System.setProperty(property, previous);
    }
  }

  /**
   * A loaded library needs its file no more, except on Windows, where deleting fails and the file
   * stays.
   */
  private static void deleteQuietly(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      directory.toFile().deleteOnExit();
    }
  }
}
