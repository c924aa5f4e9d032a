package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.io.File;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Always in a class loader of its own: ONNX Runtime ends with the hook. */
class OnnxShutdownHookIT {
  private static final int COLLECTIONS = 50;
  private static final long WAIT_MILLIS = 100; // for each of them

  /** Loggers have a hook of their own, which would hold the class loader that needs them first. */
  @BeforeAll
  static void startLoggers() {
    var unused = LoggerFactory.getLogger(OnnxShutdownHookIT.class);
  }

  @Test
  void letsTheClassLoaderOfAnEmbedderGo() throws Exception {
    var collected = new ReferenceQueue<ClassLoader>();

    PhantomReference<ClassLoader> loader = new PhantomReference<>(run(Embed.class), collected);

    assertThat(isCollected(loader, collected)).isTrue();
  }

  @Test
  void staysWhileASessionIsOpen() throws Exception {
    run(EndTooEarly.class);
  }

  @Test
  void refusesSessionsAfterwards() throws Exception {
    run(OpenTooLate.class);
  }

  /** Runs a task in a class loader and a thread of its own, as Flink does; returns the loader. */
  private static ClassLoader run(Class<? extends Runnable> task) throws Exception {
    try (var loader = new JobClassLoader()) {
      var copy = (Runnable) loader.loadClass(task.getName()).getDeclaredConstructor().newInstance();
      assertThat(copy.getClass()).isNotEqualTo(task);
      var result = new FutureTask<>(copy, null);
      new Thread(result).start();
      result.get();
      return loader;
    }
  }

  private static boolean isCollected(
      PhantomReference<ClassLoader> loader, ReferenceQueue<ClassLoader> collected)
      throws InterruptedException {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      if (collected.remove(WAIT_MILLIS) == loader) {
        return true;
      }
    }
    return false;
  }

  private static OnnxTextEmbedder open() {
    return OnnxTextEmbedder.open(
        ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT);
  }

  /** The work of a job. */
  public static final class Embed implements Runnable {
    @Override
    public void run() {
      try (OnnxTextEmbedder embedder = open()) {
        embedder.embed(List.of(embedder.tokenise("the people", null)));
      }
      OnnxShutdownHook.runAndRemove();
    }
  }

  /** Asks for the end of the runtime while it is used. */
  public static final class EndTooEarly implements Runnable {
    @Override
    public void run() {
      try (OnnxTextEmbedder embedder = open()) {
        assertThatThrownBy(OnnxShutdownHook::runAndRemove)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageStartingWith("Cannot end ONNX Runtime: 1 of its sessions are open.");
        embedder.probe();
      }
      OnnxShutdownHook.runAndRemove();
    }
  }

  /** Opens a session after the end of the runtime. */
  public static final class OpenTooLate implements Runnable {
    @Override
    public void run() {
      open().close();
      OnnxShutdownHook.runAndRemove();
      OnnxShutdownHook.runAndRemove(); // there is none any more

      assertThatThrownBy(OnnxShutdownHookIT::open)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Cannot open a session: ONNX Runtime was ended");
    }
  }

  /** Loads everything but the loggers itself, as Flink's loader does with a job's jar. */
  private static final class JobClassLoader extends URLClassLoader {
    private static final List<String> OURS =
        List.of("dev.streambed.", "ai.onnxruntime.", "ai.djl.", "com.fasterxml.jackson.");

    JobClassLoader() {
      super(
          Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
              .map(entry -> url(Path.of(entry)))
              .toArray(URL[]::new),
          OnnxShutdownHookIT.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (OURS.stream().noneMatch(name::startsWith)) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : findClass(name);
      }
    }

    private static URL url(Path path) {
      try {
        return path.toUri().toURL();
      } catch (MalformedURLException e) {
        throw new IllegalArgumentException("Not a class path entry: " + path, e);
      }
    }
  }
}
