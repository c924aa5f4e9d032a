package dev.streambed.operator;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/**
 * A file system of Flink with a scheme of its own, found as that of S3 is; its files are those of
 * this machine. Remembers what was read.
 */
public final class StoreFileSystem implements FileSystemFactory {
  static final String SCHEME = "store";

  private static final List<String> READ = new CopyOnWriteArrayList<>();

  /** The URI of a directory of this machine. */
  static String uri(java.nio.file.Path directory) {
    return SCHEME + "://" + directory.toAbsolutePath();
  }

  /** The paths of files that were opened, each as often as it was. */
  static List<String> read() {
    return READ;
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileSystem create(URI uri) {
    return new LocalFileSystem() {
      @Override
      public FSDataInputStream open(Path file) throws IOException {
        READ.add(file.getPath());
        return super.open(file);
      }
    };
  }
}
