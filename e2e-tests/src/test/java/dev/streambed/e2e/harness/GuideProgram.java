package dev.streambed.e2e.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;

/** A program that a guide shows, in a process of its own with the class path of the tests. */
public final class GuideProgram {
  private GuideProgram() {}

  /**
   * Compiles a program and runs it until it ends, which must be well.
   *
   * @param directory for its classes
   * @return what it wrote to standard output
   */
  public static String run(Path directory, Path source, String mainClass, String... arguments)
      throws IOException, InterruptedException {
    String testClasses = System.getProperty("java.class.path");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                testClasses,
                "-d",
                directory.toString(),
                source.toString());
    assertThat(compiled).as("%s compiles", source).isZero();

    Path options = directory.resolve("java.options"); // too long for a command line
    Files.writeString(
        options,
        """
        -Xmx1g
        --add-opens=java.base/java.util=ALL-UNNAMED
        --add-opens=java.base/java.lang=ALL-UNNAMED
        -cp "%s"
        %s
        """
            .formatted(directory + File.pathSeparator + testClasses, mainClass));
    String[] command = new String[arguments.length + 2];
    command[0] = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    command[1] = "@" + options;
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
