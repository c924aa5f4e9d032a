package dev.streambed.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The texts of this repository, and the blocks of code in its guides. */
final class Guides {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Matches blocks that are pipeline files, or parts of some. */
  static final String PIPELINE = "(?s)(?!streambed: )[a-z][\\w.-]*:[ \n].*";

  private static final Set<String> NOT_OURS = Set.of("target", ".git", "node_modules");
  private static final String INDENT = "    ";
  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");

  private Guides() {}

  /** All files below the root whose names end so, without what is built. */
  static List<Path> files(String ending) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return NOT_OURS.contains(folder.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.getFileName().toString().endsWith(ending)) {
              found.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return found;
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Indented by four spaces after an empty line; without that indentation. Blocks between fences
   * are whole files.
   */
  static List<String> blocks(String markdown) {
    List<String> blocks = new ArrayList<>();
    StringBuilder block = new StringBuilder();
    boolean mayBegin = true;
    for (String line : FENCED.matcher(markdown).replaceAll("").split("\n", -1)) {
      boolean inBlock = !block.isEmpty();
      if (line.startsWith(INDENT) && (inBlock || mayBegin)) {
        block.append(line, INDENT.length(), line.length()).append('\n');
      } else if (line.isEmpty() && inBlock) {
        block.append('\n');
      } else if (inBlock) {
        blocks.add(block.toString().stripTrailing());
        block.setLength(0);
      }
      mayBegin = line.isEmpty();
    }
    if (!block.isEmpty()) {
      blocks.add(block.toString().stripTrailing());
    }
    return blocks;
  }
}
