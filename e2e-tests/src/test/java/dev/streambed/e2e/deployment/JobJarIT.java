package dev.streambed.e2e.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.e2e.harness.FlinkDirectory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The jar that users deploy, beside the jars of Flink. */
class JobJarIT {
  private static final String ICU = "dev.streambed.shaded.com.ibm.icu.";
  private static final String MARKDOWN = "dev.streambed.shaded.org.commonmark.";

  /** Flink's SQL brings 67.1, which puts boundaries elsewhere. */
  @Test
  void hasItsOwnIcuUnderANameOfItsOwn() throws Exception {
    var jar = new URL[] {FlinkDirectory.jobJar().toUri().toURL()};

    assertThat(entries()).noneMatch(name -> name.startsWith("com/ibm/icu/"));
    try (var loader = new URLClassLoader(jar, ClassLoader.getPlatformClassLoader())) {
      String splitter = "dev.streambed.embedder.chunk.TextSplitter";
      assertThat(loader.loadClass(splitter).getField("BOUNDARIES").get(null))
          .isEqualTo("icu4j 79.1");
      Class<?> iterator = loader.loadClass(ICU + "text.BreakIterator");
      Class<?> locale = loader.loadClass(ICU + "util.ULocale");
      Object lines =
          iterator
              .getMethod("getLineInstance", locale)
              .invoke(null, locale.getField("ROOT").get(null));
      iterator
          .getMethod("setText", String.class)
          .invoke(
              lines, "\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35\u0E0A\u0E32\u0E27\u0E42\u0E25\u0E01");
      // three words without a space, which only the dictionary knows
      assertThat(iterator.getMethod("next").invoke(lines)).isEqualTo(6);
      assertThat(iterator.getMethod("next").invoke(lines)).isEqualTo(9);
    }
  }

  /** A program beside it may have another version; the list of entities is a file of the jar. */
  @Test
  void hasItsOwnParserOfMarkdownUnderANameOfItsOwn() throws Exception {
    var jar = new URL[] {FlinkDirectory.jobJar().toUri().toURL()};

    assertThat(entries()).noneMatch(name -> name.startsWith("org/commonmark/"));
    try (var loader = new URLClassLoader(jar, ClassLoader.getPlatformClassLoader())) {
      Object builder =
          loader.loadClass(MARKDOWN + "parser.Parser").getMethod("builder").invoke(null);
      Object parser = builder.getClass().getMethod("build").invoke(builder);
      Object document =
          parser.getClass().getMethod("parse", String.class).invoke(parser, "# caf&eacute;");
      Class<?> node = loader.loadClass(MARKDOWN + "node.Node");
      Object text = document;
      for (int depth = 0; depth < 2; depth++) { // the heading, and its text
        text = node.getMethod("getFirstChild").invoke(text);
      }
      assertThat(text.getClass().getMethod("getLiteral").invoke(text)).isEqualTo("café");
    }
  }

  private static List<String> entries() throws IOException {
    try (var jar = new JarFile(FlinkDirectory.jobJar().toFile())) {
      return jar.stream().map(JarEntry::getName).toList();
    }
  }
}
