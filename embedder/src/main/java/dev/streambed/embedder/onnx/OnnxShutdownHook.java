package dev.streambed.embedder.onnx;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The shutdown hook that ends ONNX Runtime's environment. The JVM holds a hook to its own end, and
 * with it the class loader of ONNX Runtime's classes, and that loader's copies of all native
 * libraries. If class loaders come and go, as in a TaskManager, the hook has to go with its loader
 * (docs/decisions/0062).
 *
 * <p>Thread-safe. The environment must outlive its sessions, so {@link OnnxSession} counts them
 * here.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class OnnxShutdownHook {
  private static final String RUNTIME_PACKAGE = "ai.onnxruntime.";

  @GuardedBy("OnnxShutdownHook.class")
  private static int openSessions;

  @GuardedBy("OnnxShutdownHook.class")
  private static boolean removed;

  private OnnxShutdownHook() {}

  /** Keeps the environment until {@link #sessionClosed}. */
  static synchronized void sessionOpens() {
    if (removed) {
      throw new IllegalStateException(
          "Cannot open a session: ONNX Runtime was ended with the class loader that it came from.");
    }
    openSessions++;
  }

  static synchronized void sessionClosed() {
    openSessions--;
  }

  /**
   * Runs and removes the hook, if ONNX Runtime came from the class loader of this class. No session
   * can be opened through that loader afterwards.
   *
   * @throws IllegalStateException if sessions are open, or if the JVM does not show its hooks; then
   *     everything stays as it is
   */
  public static synchronized void runAndRemove() {
    if (openSessions > 0) {
      throw new IllegalStateException(
          "Cannot end ONNX Runtime: %d of its sessions are open. The class loader and its native libraries stay in memory until the process ends."
              .formatted(openSessions));
    }
    RecordMethods.forgetTypes();
    try {
      for (Thread hook : hooks()) {
        Object task = task(hook);
        if (task instanceof Runnable runnable && isOurs(task.getClass())) {
          removed = true;
          if (Runtime.getRuntime().removeShutdownHook(hook)) {
            runnable.run();
          }
        }
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException(
          "Cannot remove ONNX Runtime's shutdown hook: %s. The class loader and its native libraries stay in memory until the process ends. Start the JVM with --add-opens=java.base/java.lang=ALL-UNNAMED."
              .formatted(e.getMessage()),
          e);
    }
  }

  private static boolean isOurs(Class<?> task) {
    return task.getName().startsWith(RUNTIME_PACKAGE)
        && task.getClassLoader() == OnnxShutdownHook.class.getClassLoader();
  }

  private static List<Thread> hooks() throws ReflectiveOperationException {
    Class<?> owner = Class.forName("java.lang.ApplicationShutdownHooks");
    synchronized (owner) { // as its own methods do
      Map<?, ?> hooks = (Map<?, ?>) value(owner, null, "hooks");
      // null while the JVM ends, and runs them
      return hooks == null ? List.of() : hooks.keySet().stream().map(Thread.class::cast).toList();
    }
  }

  private static @Nullable Object task(Thread thread) throws ReflectiveOperationException {
    try {
      return value(Thread.class, thread, "target"); // JDK 17
    } catch (NoSuchFieldException e) {
      Object holder = value(Thread.class, thread, "holder"); // since JDK 19
      return holder == null ? null : value(holder.getClass(), holder, "task");
    }
  }

  private static @Nullable Object value(Class<?> owner, @Nullable Object instance, String name)
      throws ReflectiveOperationException {
    Field field = owner.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(instance);
  }
}
