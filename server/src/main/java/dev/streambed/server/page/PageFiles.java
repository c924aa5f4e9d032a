package dev.streambed.server.page;

import dev.streambed.schemas.Provenance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of the page, in memory: those that were there at the start, and no others. */
final class PageFiles {
  private static final String INDEX = "index.html";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "mjs", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml",
          "png", "image/png",
          "ico", "image/x-icon",
          "txt", "text/plain; charset=utf-8");

  /** The next tag of a list, right behind the one before. */
  private static final Pattern TAG =
      Pattern.compile("\\G[ \\t,]*(?:W/)?(\"[^\"]*\")[ \\t]*(?:,|$)");

  private final Map<String, PageAnswer> byName;

  private PageFiles(Map<String, PageAnswer> byName) {
    this.byName = Map.copyOf(byName);
  }

  /** The files beside this class. */
  static PageFiles ofThisPackage() {
    URL here = PageFiles.class.getResource(PageFiles.class.getSimpleName() + ".class");
    if (here == null) {
      throw new IllegalStateException("The files of the page are not on the class path.");
    }
    try {
      URI own = here.toURI();
      if (!own.getScheme().equals("jar")) {
        return of(folder(Path.of(own)));
      }
      String[] parts = own.toString().split("!", 2);
      try (FileSystem jar = FileSystems.newFileSystem(Path.of(jarFile(parts[0])))) {
        return of(folder(jar.getPath(parts[1])));
      }
    } catch (URISyntaxException | IOException e) {
      throw new IllegalStateException("The files of the page cannot be read.", e);
    }
  }

  private static URI jarFile(String url) {
    return URI.create(url.substring("jar:".length()));
  }

  private static Path folder(Path file) {
    Path folder = file.getParent();
    if (folder == null) {
      throw new IllegalStateException("A file of the class path is in no folder.");
    }
    return folder;
  }

  /** The files of a folder whose types a page has. */
  static PageFiles of(Path folder) throws IOException {
    Map<String, PageAnswer> byName = new HashMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> add(file, byName));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new PageFiles(byName);
  }

  private static void add(Path file, Map<String, PageAnswer> byName) {
    String name = String.valueOf(file.getFileName());
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    if (type == null || !Files.isRegularFile(file)) {
      return;
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      byName.put(name, PageAnswer.file(type, bytes, etag(bytes)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String etag(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return '"' + Provenance.contentHash(text).substring(0, 32) + '"';
  }

  /**
   * A file by its name, or the first page if it has none.
   *
   * @param known the tags that the client has, as in If-None-Match; null if it does not say
   */
  Optional<PageAnswer> find(String name, @Nullable String known) {
    PageAnswer file = byName.get(name.isEmpty() ? INDEX : name);
    return Optional.ofNullable(
        file != null && file.etag() != null && known != null && isAmong(file.etag(), known)
            ? PageAnswer.same(file.etag())
            : file);
  }

  /** RFC 9110, 13.1.2: a list of tags, weak ones too, or an asterisk for whatever is there. */
  private static boolean isAmong(String tag, String known) {
    if (known.strip().equals("*")) {
      return true;
    }
    Matcher tags = TAG.matcher(known);
    while (tags.find()) {
      if (tag.equals(tags.group(1))) {
        return true;
      }
    }
    return false;
  }
}
