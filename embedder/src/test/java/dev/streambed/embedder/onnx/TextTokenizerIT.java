package dev.streambed.embedder.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTokenizerIT {
  private static final Path TOKENIZER =
      TinyModelDirectory.path().resolve(ModelDirectory.TOKENIZER_FILE);

  @Test
  void worksInSeveralClassLoadersAndLeavesNoFile() throws Exception {
    URL[] classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(entry -> url(Path.of(entry)))
            .toArray(URL[]::new);

    for (int submission = 0; submission < 3; submission++) {
      try (var loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
        Object tokenise =
            loader.loadClass(Tokenise.class.getName()).getDeclaredConstructor().newInstance();

        assertThat(((Callable<?>) tokenise).call()).isEqualTo(List.of(tokensOf("the people")));
      }
    }

    try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      String ours = "streambed-tokenizers-%d-".formatted(ProcessHandle.current().pid());
      assertThat(left).noneMatch(file -> file.toString().contains(ours));
    }
  }

  @Test
  void opensWithAForeignContextClassLoader() throws Exception {
    URL[] classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(entry -> url(Path.of(entry)))
            .toArray(URL[]::new);
    Thread thread = Thread.currentThread();
    ClassLoader previous = thread.getContextClassLoader();
    ClassLoader foreign = ClassLoader.getPlatformClassLoader();
    try (var loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      Object tokenise =
          loader.loadClass(Tokenise.class.getName()).getDeclaredConstructor().newInstance();
      thread.setContextClassLoader(foreign);

      assertThat(((Callable<?>) tokenise).call()).isEqualTo(List.of(tokensOf("the people")));
      assertThat(thread.getContextClassLoader()).isSameAs(foreign);
    } finally {
      thread.setContextClassLoader(previous);
    }
  }

  @Test
  void takesMoreThanTheLibrarysDefaultOf512Tokens() {
    try (var tokenizer = TextTokenizer.open(TOKENIZER, 2000)) {
      TokenIds tokens = tokenizer.tokenise("the ".repeat(1500));

      assertThat(tokens.length()).isEqualTo(1502);
      assertThat(tokens.truncated()).isFalse();
    }
  }

  @Test
  void namesTheFileThatItCannotRead(@TempDir Path directory) throws Exception {
    Path corrupt = Files.writeString(directory.resolve("tokenizer.json"), "{");
    Path missing = directory.resolve("missing.json");

    assertThatThrownBy(() -> TextTokenizer.open(corrupt, 8))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot read tokeniser " + corrupt);
    assertThatThrownBy(() -> TextTokenizer.open(missing, 8))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageStartingWith("Cannot read tokeniser " + missing);
  }

  private static String tokensOf(String text) {
    try (var tokenizer = TextTokenizer.open(TOKENIZER, 16)) {
      return Arrays.toString(tokenizer.tokenise(text).ids());
    }
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (java.net.MalformedURLException e) {
      throw new IllegalArgumentException("Not a class path entry: " + path, e);
    }
  }

  /** The test's work in each class loader; its result is of types that all loaders share. */
  public static final class Tokenise implements Callable<List<String>> {
    @Override
    public List<String> call() {
      return List.of(tokensOf("the people"));
    }
  }
}
