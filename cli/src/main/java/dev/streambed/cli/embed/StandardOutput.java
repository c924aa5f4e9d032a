package dev.streambed.cli.embed;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Standard output without a PrintStream: bytes, and errors that are not swallowed. */
final class StandardOutput {
  private static final Path FILE = Path.of("/dev/stdout");

  // The types of files in stat(2).
  private static final int TYPE_MASK = 0xf000;
  private static final int FIFO = 0x1000;
  private static final int SOCKET = 0xc000;

  private StandardOutput() {}

  static OutputStream open() {
    return new FileOutputStream(FileDescriptor.out);
  }

  /** True if another process reads it: a failed write then means that the reader is gone. */
  static boolean isPipe() {
    try {
      int type = (int) Files.getAttribute(FILE, "unix:mode") & TYPE_MASK;
      return type == FIFO || type == SOCKET;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
