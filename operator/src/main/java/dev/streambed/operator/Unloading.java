package dev.streambed.operator;

import dev.streambed.embedder.onnx.OnnxShutdownHook;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.apache.flink.api.common.TaskInfo;
import org.jspecify.annotations.Nullable;

/**
 * Frees what outlives the embedders of a job when Flink releases the job's class loader: what the
 * factories of the job hold, then ONNX Runtime, whichever factory opened it. Without that the class
 * loader and its native libraries would stay in memory (docs/decisions/0062). Thread-safe.
 */
final class Unloading {
  /** One hook for all factories: Flink runs its hooks in any order, and ONNX Runtime ends last. */
  static final String HOOK = "streambed-unload";

  private static final Unloading OF_THIS_CLASS_LOADER =
      new Unloading(
          () -> {
            OnnxShutdownHook.runAndRemove();
            NativeHeap.trim();
          });

  private final Map<Class<?>, TextEmbedderFactory> factories = new ConcurrentHashMap<>();
  private final Runnable natives;

  /**
   * @param natives frees the native libraries, after the factories have freed what is theirs
   */
  Unloading(Runnable natives) {
    this.natives = natives;
  }

  /**
   * Unloads with the class loader of the task's job. Code that outlives a job, as classes in
   * Flink's lib/ or of an application do, is never unloaded.
   */
  static void withClassLoader(EmbeddingTask task, TextEmbedderFactory factory) {
    if (Unloading.class.getClassLoader() != TaskInfo.class.getClassLoader()) {
      OF_THIS_CLASS_LOADER.register(factory, task.releaseHooks());
    }
  }

  void register(TextEmbedderFactory factory, BiConsumer<String, Runnable> releaseHooks) {
    factories.putIfAbsent(factory.getClass(), factory);
    releaseHooks.accept(HOOK, this::run);
  }

  private void run() {
    RuntimeException failure = null;
    for (TextEmbedderFactory factory : factories.values()) {
      failure = attempt(factory::unload, failure);
    }
    failure = attempt(natives, failure);
    if (failure != null) {
      throw failure; // Flink logs it
    }
  }

  private static @Nullable RuntimeException attempt(
      Runnable step, @Nullable RuntimeException earlier) {
    try {
      step.run();
    } catch (RuntimeException e) {
      if (earlier == null) {
        return e;
      }
      earlier.addSuppressed(e);
    }
    return earlier;
  }
}
