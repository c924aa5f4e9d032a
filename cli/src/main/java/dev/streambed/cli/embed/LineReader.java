package dev.streambed.cli.embed;

import dev.streambed.cli.embed.InputLine.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines of strict UTF-8, ended by LF or CRLF, in bounded memory: it keeps nothing of a line
 * that is too long. Confined to one thread.
 */
final class LineReader {
  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final int maxBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;
  private long number;

  /**
   * Reads from {@code in}, which stays the caller's.
   *
   * @param maxBytes longest line, end of line not counted
   */
  LineReader(InputStream in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
  }

  /**
   * The next line; null at the end of the input. The end of the input also ends a line, if one has
   * begun.
   */
  @Nullable InputLine next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long length = 0;
    boolean begun = false;
    while (true) {
      if (position == limit && !fill()) {
        return begun ? line(line, length) : null;
      }
      begun = true;
      int start = position;
      while (position < limit && buffer[position] != '\n') {
        position++;
      }
      length += position - start;
      if (length <= maxBytes + 1L) { // a CR may follow the text
        line.write(buffer, start, position - start);
      }
      if (position < limit) {
        position++; // the LF
        return line(line, length);
      }
    }
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, in.read(buffer));
    return limit > 0;
  }

  private InputLine line(ByteArrayOutputStream line, long length) {
    number++;
    if (length > maxBytes + 1L) {
      return tooLong(length);
    }
    byte[] bytes = line.toByteArray();
    int end = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
    return end > maxBytes ? tooLong(end) : decode(ByteBuffer.wrap(bytes, 0, end));
  }

  private InputLine tooLong(long length) {
    return bad("TOO_LONG", "The line has %d bytes; the limit is %d.".formatted(length, maxBytes));
  }

  private InputLine decode(ByteBuffer bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports, does not replace
    CharBuffer text = CharBuffer.allocate(bytes.remaining());
    CoderResult result = decoder.decode(bytes, text, /* endOfInput= */ true);
    if (result.isError()) {
      return bad(
          "INVALID_UTF8", "The line is not valid UTF-8: byte %d.".formatted(bytes.position() + 1));
    }
    return new InputLine(number, text.flip().toString(), null);
  }

  private InputLine bad(String error, String message) {
    return new InputLine(number, "", new Problem(error, message));
  }
}
