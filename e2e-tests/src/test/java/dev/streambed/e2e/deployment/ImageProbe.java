package dev.streambed.e2e.deployment;

import java.net.URL;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.FlinkUserCodeClassLoaders;
import org.apache.flink.util.MutableURLClassLoader;

/**
 * The main class of a JVM that is laid out as a TaskManager of the image: Flink and the image's
 * libraries on the class path, the job in a class loader of its own. Embeds a text in two of these,
 * as two submissions would. Arguments: the job's jar, and a model directory.
 */
public final class ImageProbe {
  private static final String[] SUBMISSIONS = {"first", "second"};

  private ImageProbe() {}

  public static void main(String[] args) throws Exception {
    URL[] job = {Path.of(args[0]).toUri().toURL()};
    for (String submission : SUBMISSIONS) {
      MutableURLClassLoader loader =
          FlinkUserCodeClassLoaders.create(
              job, ImageProbe.class.getClassLoader(), new Configuration());
      Thread.currentThread().setContextClassLoader(loader);
      Object model = callStatic(loader, "model.ModelDirectory", "open", Path.of(args[1]));
      Class<?> optionsClass = load(loader, "EmbedderOptions");
      Object options = optionsClass.getField("DEFAULT").get(null);
      try (var embedder =
          (AutoCloseable)
              load(loader, "onnx.OnnxTextEmbedder")
                  .getMethod("open", load(loader, "model.ModelDirectory"), optionsClass)
                  .invoke(null, model, options)) {
        System.out.printf("%s submission: %s%n", submission, embedder.getClass().getSimpleName());
      }
    }
  }

  private static Object callStatic(ClassLoader loader, String type, String method, Path argument)
      throws ReflectiveOperationException {
    return load(loader, type).getMethod(method, Path.class).invoke(null, argument);
  }

  private static Class<?> load(ClassLoader loader, String type) throws ClassNotFoundException {
    return Class.forName("dev.streambed.embedder." + type, true, loader);
  }
}
