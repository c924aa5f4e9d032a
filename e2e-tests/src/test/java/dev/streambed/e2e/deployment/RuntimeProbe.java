package dev.streambed.e2e.deployment;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;

/**
 * Loads ONNX Runtime from each of some jars, in one process, as Flink does for jobs. It needs no
 * other class.
 */
final class RuntimeProbe {
  private RuntimeProbe() {}

  /** Prints a line for each jar. */
  public static void main(String[] jars) throws MalformedURLException {
    for (String jar : jars) {
      // Not closed: the library is used to the end.
      var loader =
          new URLClassLoader(
              new URL[] {Path.of(jar).toUri().toURL()}, ClassLoader.getPlatformClassLoader());
      System.out.println(load(loader));
    }
  }

  private static String load(ClassLoader loader) {
    try {
      Class<?> environment = Class.forName("ai.onnxruntime.OrtEnvironment", true, loader);
      Object opened = environment.getMethod("getEnvironment").invoke(null);
      return String.valueOf(environment.getMethod("getVersion").invoke(opened));
    } catch (ReflectiveOperationException | LinkageError e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      return String.valueOf(root.getMessage());
    }
  }
}
