package dev.streambed.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * Standard output as it is: bytes, and errors, which are kept because a {@code PrintStream} over it
 * swallows them. Safe for use by several threads.
 */
@Internal
public final class StandardOutput extends OutputStream {
  private static final Path FILE = Path.of("/dev/stdout");

  // The types of files in stat(2).
  private static final int TYPE_MASK = 0xf000;
  private static final int FIFO = 0x1000;
  private static final int SOCKET = 0xc000;

  private final OutputStream out = new FileOutputStream(FileDescriptor.out);
  private volatile @Nullable IOException failure;

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      this.failure = e;
      throw e;
    }
  }

  /** Why something could not be written, if so. */
  public Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Whether another process reads it: then failing to write means that this one is gone. */
  public static boolean isPipe() {
    try {
      int type = (int) Files.getAttribute(FILE, "unix:mode") & TYPE_MASK;
      return type == FIFO || type == SOCKET;
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** The end of a command that could not write its results. */
  public static CommandFailedException unwritten(IOException failure) {
    return new CommandFailedException("Cannot write the output: " + failure.getMessage(), failure);
  }
}
