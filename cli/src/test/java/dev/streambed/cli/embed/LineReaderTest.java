package dev.streambed.cli.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.cli.embed.InputLine.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
  private static final int MAX_BYTES = 100;

  @Test
  void endsLinesAtLfAndCrLfAndAtTheEndOfTheInput() throws IOException {
    assertThat(texts("one\ntwo\r\n\nfour")).containsExactly("one", "two", "", "four");
  }

  @Test
  void anEndOfLineAtTheEndBeginsNoFurtherLine() throws IOException {
    assertThat(texts("one\n")).containsExactly("one");
    assertThat(texts("")).isEmpty();
    assertThat(texts("\n")).containsExactly("");
  }

  @Test
  void keepsACarriageReturnInsideALine() throws IOException {
    assertThat(texts("a\rb\r\r\n")).containsExactly("a\rb\r");
  }

  @Test
  void countsLinesFromOne() throws IOException {
    assertThat(read("a\nb\n".getBytes(StandardCharsets.UTF_8)))
        .extracting(InputLine::number)
        .containsExactly(1L, 2L);
  }

  @Test
  void namesTheLineAndTheByteThatIsNotUtf8AndReadsOn() throws IOException {
    byte[] bytes = "good\nbad\nafter\n".getBytes(StandardCharsets.UTF_8);
    bytes[6] = (byte) 0xff; // the 'a' of "bad"

    List<InputLine> lines = read(bytes);

    assertThat(lines)
        .containsExactly(
            new InputLine(1, "good", null),
            new InputLine(
                2, "", new Problem("INVALID_UTF8", "The line is not valid UTF-8: byte 2.")),
            new InputLine(3, "after", null));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0xc0_80, // NUL in two bytes
        0xed_a0_80, // an unpaired surrogate
        0xf4_90_80_80, // beyond Unicode
        0xe2_82 // cut off at the end of the line
      })
  void refusesWhatOnlyLooksLikeUtf8(int sequence) throws IOException {
    byte[] bytes = new byte[4];
    int length = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
      if (length > 0 || (sequence >>> shift & 0xff) != 0) {
        bytes[length++] = (byte) (sequence >>> shift);
      }
    }

    List<InputLine> lines = read(java.util.Arrays.copyOf(bytes, length));

    assertThat(lines)
        .containsExactly(
            new InputLine(
                1, "", new Problem("INVALID_UTF8", "The line is not valid UTF-8: byte 1.")));
  }

  @Test
  void takesALineOfTheGreatestLengthAndRefusesALongerOne() throws IOException {
    String longest = "x".repeat(MAX_BYTES);

    List<InputLine> lines =
        read((longest + "\r\n" + longest + "y\nz").getBytes(StandardCharsets.UTF_8));

    assertThat(lines)
        .containsExactly(
            new InputLine(1, longest, null),
            new InputLine(
                2, "", new Problem("TOO_LONG", "The line has 101 bytes; the limit is 100.")),
            new InputLine(3, "z", null));
  }

  @Test
  void keepsNothingOfALineThatIsFarTooLong() throws IOException {
    long length = 3L << 30; // more than an array holds
    var reader = new LineReader(new Zeros(length), MAX_BYTES);

    InputLine line = reader.next();

    assertThat(line)
        .isEqualTo(
            new InputLine(
                1,
                "",
                new Problem(
                    "TOO_LONG", "The line has %d bytes; the limit is 100.".formatted(length))));
  }

  @Test
  void readsTheSameLinesHoweverTheInputArrives() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      List<String> expected = new ArrayList<>();
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        String line =
            random.nextBoolean()
                ? "é𝄞".repeat(random.nextInt(10))
                : "a".repeat(random.nextInt(60));
        expected.add(line);
        all.append(line).append(random.nextBoolean() ? "\n" : "\r\n");
      }
      var in = new Trickle(all.toString().getBytes(StandardCharsets.UTF_8), random);

      assertThat(read(in))
          .describedAs("seed %d", seed)
          .extracting(InputLine::text)
          .isEqualTo(expected);
    }
  }

  private static List<String> texts(String input) throws IOException {
    return read(input.getBytes(StandardCharsets.UTF_8)).stream().map(InputLine::text).toList();
  }

  private static List<InputLine> read(byte[] bytes) throws IOException {
    return read(new ByteArrayInputStream(bytes));
  }

  private static List<InputLine> read(InputStream in) throws IOException {
    LineReader reader = new LineReader(in, MAX_BYTES);
    List<InputLine> lines = new ArrayList<>();
    for (InputLine line = reader.next(); line != null; line = reader.next()) {
      lines.add(line);
    }
    return lines;
  }

  /** Hands out a few bytes at a time. */
  private static final class Trickle extends ByteArrayInputStream {
    private final Random random;

    Trickle(byte[] bytes, Random random) {
      super(bytes);
      this.random = random;
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) {
      return super.read(buffer, offset, Math.min(length, 1 + random.nextInt(7)));
    }
  }

  /** Many zeros. */
  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long count) {
      this.left = count;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(left, length);
      left -= count;
      return count;
    }
  }
}
